"""Whoever writes what a requester reads is held to the same checks."""

import pytest

from agents.ballots import check_ballot
from agents.content import check_draft, check_edited
from agents.delegation import check_work
from agents.discussion import check_contribution, check_moderation
from agents.leaving import may_not_leave, readable
from agents.research import check_research, check_summary
from agents.resolver import check_plan
from agents.risk_voters import check_judgement
from agents.spec import instructions
from agents.support import PROMPT, check_support_answer
from agents.voters import check_vote
from agents.watch import check_brief
from shared.collaboration import (
    Ballot,
    Contribution,
    Debate,
    Moderation,
    Poll,
    Research,
    ResearchQuestion,
    Summary,
    SummaryQuestion,
)
from shared.content import ArticleDraft, ContentQuestion, EditedArticle
from shared.conversations import SupportAnswer
from shared.delegation import WorkDone, WorkOrder
from shared.thinking import Judgement, Passage, Plan, Profile, Question, Recollection, Vote
from shared.watch import WatchBrief, WatchQuestion

PASSAGE = Passage(
    article_id="vpn", title="VPN", section="Repair", text="Open https://vpn.example.com/p now.", score=1.0
)
QUESTION = Question(
    ticket_id="t1",
    subject="VPN",
    text="It drops.",
    requester_id="u-1",
    recollection=Recollection(profile=Profile(id="u-1", known=True), passages=(PASSAGE,)),
)


def refused(text: str) -> tuple[str | None, str | None]:
    plan = Plan(outcome="answer", answer=text, confidence=0.9, reason="so")
    answer = SupportAnswer(outcome="answer", answer=text, confidence=0.9, reason="so")
    return check_plan(plan, QUESTION), check_support_answer(answer, QUESTION)


def test_the_heading_of_a_passage_is_no_secret_though_it_follows_the_word_password():
    passage = PASSAGE.model_copy(update={"title": "Reset a forgotten password", "section": "Symptoms"})
    recollection = QUESTION.recollection.model_copy(update={"passages": (passage,)})
    question = QUESTION.model_copy(update={"recollection": recollection})
    said = f"{passage.title}: {passage.section}"
    assert may_not_leave(said, question, PROMPT) is None
    assert "a secret" in (may_not_leave(said, QUESTION, PROMPT) or "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Go to https://evil.test/login", "a link"),
        ("Ask pat@elsewhere.example", "personal data"),
        ("The password is Winter2026!", "a secret"),
        ("I have unlocked your account.", "has been done"),
        ("I will reset your password.", "promises"),
    ],
)
def test_both_refuse_what_must_not_leave(text: str, why: str):
    for problem in refused(text):
        assert why in (problem or "")


def test_both_let_a_plain_answer_pass():
    assert refused("Open https://vpn.example.com/p and choose Repair.") == (None, None)


def test_an_agent_that_recites_its_instructions_is_refused():
    recited = SupportAnswer(outcome="answer", answer=instructions(PROMPT)[:400], confidence=0.9, reason="so")
    assert "instructions" in (check_support_answer(recited, QUESTION) or "")


def test_a_host_that_the_settings_name_may_be_linked_to():
    allowed = QUESTION.recollection.model_copy(update={"link_hosts": ("help.example.com",)})
    question = QUESTION.model_copy(update={"recollection": allowed})
    answer = SupportAnswer(outcome="answer", answer="See https://help.example.com/a", confidence=0.9, reason="so")
    assert check_support_answer(answer, question) is None
    assert "a link" in (check_support_answer(answer, QUESTION) or "")


def test_no_agent_of_a_task_gives_away_a_secret():
    text = "The key is " + "ghp_" + "a1B2" * 9
    topic = ContentQuestion(topic="Keys")
    order = WorkOrder(tenant="default", goal="Keys", role="writer", task="Write it down.")
    checked = (
        check_draft(ArticleDraft(title="Keys", body=text), topic),
        check_edited(EditedArticle(title="Keys", body=text, changes=()), topic),
        check_research(
            Research(summary=text, confidence=0.5), ResearchQuestion(tenant="default", query="Keys", role="web")
        ),
        check_summary(Summary(text=text), SummaryQuestion(query="Keys", findings={})),
        check_work(WorkDone(text=text, confidence=0.5), order),
    )
    assert all("a secret" in (problem or "") for problem in checked)


def test_nor_does_whoever_votes_speaks_in_a_chat_or_writes_for_the_watch():
    text = "The key is " + "ghp_" + "a1B2" * 9
    poll = Poll(tenant="default", question="Which?", options=("one", "two"), role="caution")
    debate = Debate(tenant="default", question="Which?", participants=("github",), rounds_left=0, role="moderator")
    brief = WatchBrief(executive_summary="Quiet.", findings=(), analysis=text, recommendations=())
    checked = (
        check_ballot(Ballot(choice="one", confidence=0.5, why=text), poll),
        check_vote(Vote(category="network", confidence=0.5, why=text), QUESTION),
        check_judgement(Judgement(fitting=True, confidence=0.5, why=text), QUESTION),
        check_contribution(Contribution(text=text, agrees=True, confidence=0.5), debate),
        check_moderation(Moderation(settled=True, conclusion=text, next_speaker=None, why="so"), debate),
        check_brief(brief, WatchQuestion(subject="1 2 9", assignment="a1B2" * 9)),
    )
    assert all("a secret" in (problem or "") for problem in checked), checked


def test_what_explains_an_answer_to_a_ticket_keeps_nobodys_secrets_and_nobodys_data_but_the_requesters_own():
    question = QUESTION.model_copy(update={"requester_id": "pat@example.com"})
    said = {
        "reasons": ["The password is Winter2026!, says sam@elsewhere.example", "pat@example.com is locked out"],
        "category": "network",
        "confidence": 0.5,
    }
    assert readable(said, question) == said | {
        "reasons": ["The password is [password], says [email]", "pat@example.com is locked out"]
    }
    assert readable("no such source: sam@elsewhere.example", question) == "no such source: [email]"


def test_what_a_task_came_to_may_name_people_and_keeps_no_secrets_but_those_it_was_given():
    order = WorkOrder(tenant="default", goal="The password is Winter2026!", role="writer", task="Write it down.")
    said = "The password is Winter2026!, not Summer2027!; the password is Summer2027!, says sam@elsewhere.example"
    assert readable(said, order) == said.replace("is Summer2027!", "is [password]")
