"""An answer must rest on a passage, exactly as it was given, or on an action; and close a ticket only when sure."""

import pytest

from agents.spec import unknown_citations
from shared.actions import UnlockAccount
from shared.support import closing_confidence, unsupported, unsure
from shared.thinking import Citation, Passage, Plan, Profile, Question, Recollection
from tests.desk import plan, triage

CITED = Citation(id="vpn", title="VPN", section="Steps > Windows")


def question() -> Question:
    given = Passage(article_id="vpn", title="VPN", section="Steps > Windows", text="Restart it.", score=1.0)
    known = Recollection(profile=Profile(id="u-1", known=True), passages=(given,))
    return Question(ticket_id="t", subject="VPN", text="It drops.", requester_id="u-1", recollection=known)


@pytest.mark.parametrize(
    ("given", "is_supported"),
    [
        (plan(citations=(CITED,)), True),
        (plan(citations=(), actions=(UnlockAccount(user_id="u-1"),)), True),
        (plan(citations=(), outcome="ask_requester"), True),
        (plan(citations=()), False),
        (plan(citations=(), answer="The VPN gateway is down."), False),
    ],
)
def test_an_answer_needs_support_and_news_of_a_disturbance_is_none(given: Plan, is_supported: bool):
    assert (unsupported(given) is None) == is_supported


@pytest.mark.parametrize(
    ("of_category", "of_answer", "outcome", "is_sure"),
    [
        (0.9, 0.6, "answer", False),
        (0.9, 0.7, "answer", True),
        (0.5, 0.9, "answer", False),
        (0.5, 0.1, "ask_requester", True),
    ],
)
def test_closing_needs_the_category_and_the_answer_to_be_likely(
    of_category: float, of_answer: float, outcome: str, is_sure: bool
):
    given = plan(confidence=of_answer, outcome=outcome)
    assert (unsure(triage(confidence=of_category), given, floor=0.55) is None) == is_sure


def test_whoever_looks_is_told_the_arithmetic():
    given = triage(confidence=0.9), plan(confidence=0.5)
    assert closing_confidence(*given) == pytest.approx(0.45)
    assert "0.90 of the category x 0.50 of the answer = 0.45, below 0.55" in (unsure(*given, floor=0.55) or "")


@pytest.mark.parametrize("wrong", [{"id": "other"}, {"title": "VPN, by the vendor"}, {"section": "Steps"}])
def test_a_citation_of_anything_but_a_passage_as_it_was_given_is_refused(wrong: dict[str, str]):
    assert unknown_citations((CITED,), question()) is None
    assert unknown_citations((CITED.model_copy(update=wrong),), question()) is not None
