"""Whoever writes what a requester reads is held to the same checks."""

import pytest

from agents.resolver import check_plan
from agents.spec import instructions
from agents.support import PROMPT, check_support_answer
from shared.conversations import SupportAnswer
from shared.thinking import Passage, Plan, Profile, Question, Recollection

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
