"""Prompts begin alike wherever they can, since services charge less for beginnings that they have read before."""

import json
from itertools import takewhile

from agents.questions import as_read
from shared.model import Model
from shared.thinking import Passage, Profile, Question, Recollection, ServiceState, Turn

SERVICES = (ServiceState(id="vpn", name="VPN gateway", status="outage", note="Being repaired."),)
PASSAGE = Passage(article_id="vpn", title="VPN", section="Try this", text="1. Wait.\n2. Join again.", score=7.5)
SHARED = {"link_hosts", "degraded", "services", "passages", "catalog", "similar"}


def question(number: int) -> Question:
    """Tickets of different people about the same outage."""
    requester = f"u-{number}"
    recollection = Recollection(
        profile=Profile(id=requester, known=True),
        history=(Turn(id=f"{number}", role="user", text=f"Hello from {requester}"),),
        passages=(PASSAGE,),
        services=SERVICES,
    )
    return Question(
        ticket_id=f"t-{number}",
        subject=f"VPN {number}",
        text=f"My VPN drops, case {number}.",
        requester_id=requester,
        recollection=recollection,
    )


def beginning(one: str, other: str) -> str:
    """What both begin with."""
    return "".join(char for char, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def test_two_tickets_differ_no_earlier_than_in_who_asks():
    one, other = (as_read(question(number)) for number in (1, 2))
    prefix = beginning(one, other)
    assert prefix.endswith('"profile":{"id":"u-')
    own = {"profile", "known_facts", "history"}
    told = json.loads(as_read(question(1)))
    shared = {name: value for name, value in told["recollection"].items() if name not in own}
    assert set(shared) == SHARED
    assert all(json.dumps(value, separators=(",", ":")) in prefix for value in shared.values())


def test_what_changes_from_draft_to_draft_stands_behind_the_ticket():
    first = question(1)
    revised = first.model_copy(update={"problems": ("too long",)})
    one, other = (as_read(each) for each in (first, revised))
    assert beginning(one, other).endswith('"problems":[')


def test_how_well_a_passage_fits_is_told_by_its_place_alone():
    known = question(1).recollection
    moved = known.model_copy(update={"passages": (PASSAGE.model_copy(update={"score": 7.4}),)})
    assert as_read(question(1)) == as_read(question(1).model_copy(update={"recollection": moved}))


class Asked(Model):
    must: str | None
    may: str | None = None


def test_what_an_agent_reads_is_the_question_again_and_leaves_out_what_is_not_there():
    assert as_read(Asked(must=None)) == '{"must":null}'
    assert Asked.model_validate_json(as_read(Asked(must=None))) == Asked(must=None)
    read = Question.model_validate_json(as_read(question(1)))
    assert read == question(1).model_copy(update={"recollection": read.recollection})
    assert "null" not in as_read(question(1))
