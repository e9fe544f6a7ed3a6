"""Prompts begin alike wherever they can, since services charge less for beginnings that they have read before."""

import json
from itertools import takewhile

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
    one, other = (question(number).model_dump_json(exclude_none=True) for number in (1, 2))
    prefix = beginning(one, other)
    assert prefix.endswith('"profile":{"id":"u-')
    own = {"profile", "known_facts", "history"}
    told = question(1).model_dump(mode="json", exclude_none=True)
    shared = {name: value for name, value in told["recollection"].items() if name not in own}
    assert set(shared) == SHARED
    assert all(json.dumps(value, separators=(",", ":")) in prefix for value in shared.values())


def test_what_changes_from_draft_to_draft_stands_behind_the_ticket():
    first = question(1)
    revised = first.model_copy(update={"problems": ("too long",)})
    one, other = (each.model_dump_json(exclude_none=True) for each in (first, revised))
    assert beginning(one, other).endswith('"problems":[')
