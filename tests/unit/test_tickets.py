from typing import Any

import pytest
from pydantic import ValidationError

from shared.tickets import DecisionRequest, MessageRequest, TicketRequest


def ticket(**changes: Any) -> dict[str, Any]:
    return {"subject": "Printer", "description": "No toner", "requester": {"id": "u-1"}} | changes


def test_the_least_ticket_is_subject_description_and_requester():
    accepted = TicketRequest.model_validate(ticket())
    assert (accepted.channel, accepted.external_id, accepted.attachments) == ("http", None, ())


def test_texts_lose_the_space_around_them():
    accepted = TicketRequest.model_validate(ticket(subject="  Printer \n", requester={"id": " u-1 "}))
    assert (accepted.subject, accepted.requester.id) == ("Printer", "u-1")


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"subject": ""}, ("subject",)),
        ({"subject": "   "}, ("subject",)),
        ({"subject": "s" * 201}, ("subject",)),
        ({"subject": None}, ("subject",)),
        ({"description": "d" * 20_001}, ("description",)),
        ({"requester": {}}, ("requester", "id")),
        ({"requester": {"id": "u-1", "email": "no address"}}, ("requester", "email")),
        ({"external_id": "x" * 256}, ("external_id",)),
        ({"attachments": [{"name": "a.png"}]}, ("attachments", 0, "url")),
        ({"attachments": [{"name": "a", "url": "u", "size_bytes": -1}]}, ("attachments", 0, "size_bytes")),
        ({"attachments": [{"name": "a", "url": "u"}] * 51}, ("attachments",)),
        ({"tenant": "somebody-else"}, ("tenant",)),
        ({"priority": "P1"}, ("priority",)),
    ],
)
def test_a_wrong_ticket_is_refused_at_the_field_that_is_wrong(changes: dict[str, Any], at: tuple[Any, ...]):
    with pytest.raises(ValidationError) as refused:
        TicketRequest.model_validate(ticket(**changes))
    assert [error["loc"] for error in refused.value.errors()] == [at]


def test_the_longest_texts_are_taken():
    accepted = TicketRequest.model_validate(ticket(subject="s" * 200, description="d" * 20_000))
    assert len(accepted.description) == 20_000


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ({"from": "requester", "text": "hello"}, True),
        ({"from": "operator", "text": "note", "internal": True}, True),
        ({"from": "requester", "text": "note", "internal": True}, False),
        ({"from": "system", "text": "hello"}, False),
        ({"from": "requester", "text": " "}, False),
        ({"text": "hello"}, False),
    ],
)
def test_only_operators_write_internal_messages(body: dict[str, Any], accepted: bool):
    if accepted:
        assert MessageRequest.model_validate(body).sender == body["from"]
    else:
        with pytest.raises(ValidationError):
            MessageRequest.model_validate(body)


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({"decision": "approve"}, "action_hash"),
        ({"decision": "answer"}, "answer"),
        ({"decision": "reassign"}, "assign_to"),
    ],
)
def test_a_decision_must_carry_what_it_needs(body: dict[str, Any], missing: str):
    with pytest.raises(ValidationError, match=f"{missing} is required"):
        DecisionRequest.model_validate(body | {"by": "anna"})
    given = DecisionRequest.model_validate(body | {"by": "anna", missing: "x"})
    assert getattr(given, missing) == "x"


@pytest.mark.parametrize("decision", ["reject", "close"])
def test_reject_and_close_need_only_a_name(decision: str):
    assert DecisionRequest.model_validate({"decision": decision, "by": "anna"}).by == "anna"
    with pytest.raises(ValidationError):
        DecisionRequest.model_validate({"decision": decision})


def test_a_ticket_is_never_changed_in_place():
    accepted = TicketRequest.model_validate(ticket())
    with pytest.raises(ValidationError):
        accepted.subject = "Other"  # pyright: ignore[reportAttributeAccessIssue]
