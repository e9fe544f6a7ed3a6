"""An answer must rest on a passage, an action or a known disturbance; and on a passage exactly as it was given."""

import pytest

from agents.spec import unknown_citations
from shared.actions import UnlockAccount
from shared.support import unsupported
from shared.thinking import Citation, Passage, Plan, Profile, Question, Recollection, ServiceState
from tests.desk import plan

CITED = Citation(id="vpn", title="VPN", section="Steps > Windows")


def question(*services: ServiceState) -> Question:
    given = Passage(article_id="vpn", title="VPN", section="Steps > Windows", text="Restart it.", score=1.0)
    known = Recollection(profile=Profile(id="u-1", known=True), passages=(given,), services=services)
    return Question(ticket_id="t", subject="VPN", text="It drops.", requester_id="u-1", recollection=known)


DOWN = ServiceState(id="vpn", name="VPN gateway", status="outage")


@pytest.mark.parametrize(
    ("given", "services", "is_supported"),
    [
        (plan(citations=(CITED,)), (), True),
        (plan(citations=(), actions=(UnlockAccount(user_id="u-1"),)), (), True),
        (plan(citations=(), answer="The VPN gateway is down."), (DOWN,), True),
        (plan(citations=(), outcome="ask_requester"), (), True),
        (plan(citations=()), (), False),
        (plan(citations=()), (DOWN,), False),
        (plan(citations=(), answer="The VPN gateway is down."), (), False),
    ],
)
def test_an_answer_needs_support(given: Plan, services: tuple[ServiceState, ...], is_supported: bool):
    assert (unsupported(given, question(*services)) is None) == is_supported


@pytest.mark.parametrize("wrong", [{"id": "other"}, {"title": "VPN, by the vendor"}, {"section": "Steps"}])
def test_a_citation_of_anything_but_a_passage_as_it_was_given_is_refused(wrong: dict[str, str]):
    assert unknown_citations((CITED,), question()) is None
    assert unknown_citations((CITED.model_copy(update=wrong),), question()) is not None
