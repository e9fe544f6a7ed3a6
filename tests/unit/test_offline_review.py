"""The reviewer by rules stops what must not reach a requester, and nothing else."""

import pytest

from adapters.offline_plan import plan
from adapters.offline_review import review
from shared.actions import AddToGroup, UnlockAccount
from shared.thinking import Citation, Plan, Profile, Question
from tests.contract.model_cases import LOCKED, PLAN, QUESTION

CITED = Citation(id=LOCKED.article_id, title=LOCKED.title, section=LOCKED.section)
GOOD = PLAN.model_copy(update={"citations": (CITED,)})


def problems(draft: Plan, question: Question = QUESTION) -> str:
    verdict = review(question.model_copy(update={"draft": draft}))
    assert verdict.approved == (not verdict.problems)
    return " ".join(verdict.problems)


def test_a_sound_plan_is_approved() -> None:
    assert problems(GOOD) == ""


def test_what_the_rules_plan_their_own_review_approves() -> None:
    for text in ("My account is locked, please unlock it", "coffee machine leaks in the kitchen", "help"):
        question = QUESTION.model_copy(update={"text": text, "subject": text, "draft": None})
        assert problems(plan(question, {}), question) == ""


def test_a_source_that_was_not_given_is_a_problem() -> None:
    assert "made-up" in problems(GOOD.model_copy(update={"citations": (CITED.model_copy(update={"id": "made-up"}),)}))


def test_an_empty_answer_is_a_problem_unless_it_escalates() -> None:
    assert "empty" in problems(GOOD.model_copy(update={"answer": " "}))
    assert problems(Plan(outcome="escalate", answer="", confidence=0.2, reason="nothing fits")) == ""


def test_an_answer_framed_in_another_language_is_a_problem() -> None:
    german = "Guten Tag,\n\nDas Konto u-1001 wird entsperrt."
    assert "de" in problems(GOOD.model_copy(update={"answer": german}))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Hello,\n\nYour account will be unlocked.", "unlock_account"),
        ("Hello,\n\nA link to reset your password will be sent to you.", "reset_password"),
        ("Hello,\n\nYou will be added to the group finance-share.", "add_to_group"),
    ],
)
def test_a_promise_without_its_action_is_a_problem(answer: str, kind: str) -> None:
    assert kind in problems(GOOD.model_copy(update={"answer": answer, "actions": ()}))


def test_saying_that_it_was_done_is_a_problem() -> None:
    done = "Hello,\n\nWe have already unlocked your account."
    assert "nothing is done before approval" in problems(GOOD.model_copy(update={"answer": done}))


def test_what_a_quoted_article_says_is_no_promise() -> None:
    article = LOCKED.model_copy(update={"text": "The account will be unlocked by itself after 30 minutes."})
    question = QUESTION.model_copy(
        update={"recollection": QUESTION.recollection.model_copy(update={"passages": (article,)})}
    )
    quoting = GOOD.model_copy(update={"answer": f"Hello,\n\n{article.text}", "actions": ()})
    assert problems(quoting, question) == ""


def test_an_action_for_somebody_the_ticket_does_not_name_is_a_problem() -> None:
    other = GOOD.model_copy(update={"actions": (UnlockAccount(user_id="u-7777"),)})
    assert "u-7777" in problems(other)
    named = QUESTION.model_copy(update={"text": "Please unlock the account of u-7777."})
    assert problems(other, named) == ""


def test_an_action_for_an_unknown_requester_is_a_problem() -> None:
    stranger = QUESTION.recollection.model_copy(update={"profile": Profile(id="u-1001", known=False)})
    assert "does not know" in problems(GOOD, QUESTION.model_copy(update={"recollection": stranger}))


def test_an_answer_resting_on_nothing_is_a_problem() -> None:
    bare = Plan(outcome="answer", answer="Hello,\n\nTry again.", confidence=0.5, reason="a guess")
    assert "rests on no" in problems(bare)


def test_every_problem_is_named_at_once() -> None:
    bad = GOOD.model_copy(
        update={
            "citations": (CITED.model_copy(update={"section": "Nowhere"}),),
            "actions": (AddToGroup(user_id="u-7777", group="x"),),
        }
    )
    verdict = review(QUESTION.model_copy(update={"draft": bad}))
    assert len(verdict.problems) >= 3
