"""What comes in: tickets, messages and decisions, as requesters and operators write them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from shared.model import Model

Category = Literal[
    "access_identity", "network", "email_collab", "hardware", "printing", "mobile", "software",
    "data_storage", "cloud_infra", "security", "procurement_hr", "billing", "general", "not_a_ticket",
]  # fmt: skip
TicketType = Literal["incident", "service_request", "problem", "change", "question"]
Level = Literal[1, 2, 3]
"""1 is high, 3 is low, for impact and urgency alike."""
Priority = Literal["P1", "P2", "P3", "P4", "P5"]
Complexity = Literal["simple", "moderate", "complex"]
Status = Literal["new", "in_progress", "waiting_for_requester", "escalated", "resolved", "closed"]
Route = Literal["simple", "complex", "doubtful", "escalated", "not_a_ticket", "screened_out"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Requester(Model):
    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    email: Annotated[str, StringConstraints(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    name: Annotated[str, StringConstraints(max_length=200)] | None = None


class Attachment(Model):
    """A reference; the desk never carries the bytes."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    content_type: Annotated[str, StringConstraints(max_length=200)] | None = None
    size_bytes: Annotated[int, Field(ge=0)] | None = None


class TicketRequest(Model):
    """What a door accepts."""

    subject: Annotated[Text, StringConstraints(max_length=200)]
    description: Annotated[Text, StringConstraints(max_length=20_000)]
    requester: Requester
    channel: Annotated[str, StringConstraints(min_length=1, max_length=50)] = "http"
    external_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=50)] = ()


class Ticket(TicketRequest):
    """A ticket the desk has accepted. `body_hash` tells a repeat from a conflict under the same key."""

    id: str
    tenant: str
    created_at: datetime
    body_hash: str
    batch_id: str | None = None


class Message(Model):
    """A later word on a ticket. `id` makes a repeated delivery harmless."""

    id: str
    sender: Literal["requester", "operator"]
    text: Annotated[Text, StringConstraints(max_length=20_000)]
    internal: bool = False
    at: datetime


class MessageRequest(Model):
    """Body of POST /tickets/{id}/messages."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    sender: Literal["requester", "operator"] = Field(alias="from")
    text: Annotated[Text, StringConstraints(max_length=20_000)]
    internal: bool = False

    @model_validator(mode="after")
    def _only_operators_write_internally(self) -> Self:
        if self.internal and self.sender == "requester":
            raise ValueError("only an operator's message can be internal")
        return self


class DecisionRequest(Model):
    """Body of POST /tickets/{id}/decision."""

    decision: Literal["approve", "reject", "answer", "close", "reassign"]
    by: Annotated[Text, StringConstraints(max_length=200)]
    note: Annotated[str, StringConstraints(max_length=5_000)] | None = None
    answer: Annotated[Text, StringConstraints(max_length=20_000)] | None = None
    assign_to: Annotated[Text, StringConstraints(max_length=200)] | None = None
    action_hash: Annotated[str, StringConstraints(max_length=64)] | None = None

    @model_validator(mode="after")
    def _says_what_it_decides(self) -> Self:
        needs = {"approve": "action_hash", "answer": "answer", "reassign": "assign_to"}.get(self.decision)
        if needs and getattr(self, needs) is None:
            raise ValueError(f"{needs} is required to {self.decision}")
        return self


class UndoRequest(Model):
    """Body of POST /tickets/{id}/actions/{action}/undo."""

    by: Annotated[Text, StringConstraints(max_length=200)]
    note: Annotated[str, StringConstraints(max_length=5_000)] | None = None


class Decision(DecisionRequest):
    id: str
    at: datetime


class InboxItem(Model):
    """What travels on the inbox event: exactly one of message and decision.

    `delivery` is the instance to tell once a message is taken in.
    """

    message: Message | None = None
    decision: Decision | None = None
    delivery: str | None = None
