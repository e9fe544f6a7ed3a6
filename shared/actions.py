"""The changes a plan may contain. Only `apply` carries one out; code, not the model, authorises it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, JsonValue

from shared.model import Model
from shared.tickets import Category, Priority

Risk = Literal["write", "dangerous"]


class UnlockAccount(Model):
    kind: Literal["unlock_account"] = "unlock_account"
    user_id: str


class ResetPassword(Model):
    """Has the directory reset it, by way of the address that it holds; no secret passes the desk."""

    kind: Literal["reset_password"] = "reset_password"
    user_id: str


class AddToGroup(Model):
    kind: Literal["add_to_group"] = "add_to_group"
    user_id: str
    group: Annotated[str, Field(min_length=1, max_length=100)]


class RemoveFromGroup(Model):
    kind: Literal["remove_from_group"] = "remove_from_group"
    user_id: str
    group: Annotated[str, Field(min_length=1, max_length=100)]


class RequestSoftware(Model):
    kind: Literal["request_software"] = "request_software"
    user_id: str
    software: Annotated[str, Field(min_length=1, max_length=100)]


class SetTicketFields(Model):
    """Changes fields of the ticket in hand; what is left out stays as it is."""

    kind: Literal["set_ticket_fields"] = "set_ticket_fields"
    category: Category | None = None
    priority: Priority | None = None
    assigned_to: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @property
    def fields(self) -> dict[str, JsonValue]:
        return self.model_dump(mode="json", exclude={"kind"}, exclude_none=True)


DirectoryAction = UnlockAccount | ResetPassword | AddToGroup | RemoveFromGroup
AccountAction = DirectoryAction | RequestSoftware
"""All that is done for one person of the directory."""
Action = Annotated[AccountAction | SetTicketFields, Field(discriminator="kind")]


KINDS: tuple[str, ...] = tuple(kind.model_fields["kind"].default for kind in get_args(get_args(Action)[0]))


class ActionResult(Model):
    """What carrying out an action did; `changed` is false when there was nothing left to do.

    `id` names it within its ticket, for an operator who wants to undo what is `reversible`.
    """

    kind: str
    summary: str
    changed: bool
    id: str = ""
    reversible: bool = False
    before: dict[str, JsonValue] | None = None
    after: dict[str, JsonValue] | None = None


class Undone(Model):
    """An action that was put back."""

    action: Action
    before: dict[str, JsonValue] | None = None
    after: dict[str, JsonValue] | None = None
    by: str
    at: datetime


def action_hash(actions: Sequence[Action], asked: int = 1) -> str:
    """SHA-256 over the canonical JSON of the exact actions an approver was shown, and of how often it was asked.

    So an approval given when it was asked before counts for nothing, also when the actions are the same.
    """
    shown: Any = [action.model_dump(mode="json") for action in actions]
    content = shown if asked == 1 else {"actions": shown, "asked": asked}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
