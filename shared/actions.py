"""The changes a plan may contain. Only `apply` carries one out; code, not the model, authorises it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.model import Model

Risk = Literal["write", "dangerous"]


class UnlockAccount(Model):
    kind: Literal["unlock_account"] = "unlock_account"
    user_id: str


class ResetPassword(Model):
    """Sends a reset link to the address the directory holds; no secret passes the desk."""

    kind: Literal["reset_password"] = "reset_password"
    user_id: str


class AddToGroup(Model):
    kind: Literal["add_to_group"] = "add_to_group"
    user_id: str
    group: Annotated[str, Field(min_length=1, max_length=100)]


class RequestSoftware(Model):
    kind: Literal["request_software"] = "request_software"
    user_id: str
    software: Annotated[str, Field(min_length=1, max_length=100)]


Action = Annotated[UnlockAccount | ResetPassword | AddToGroup | RequestSoftware, Field(discriminator="kind")]


KINDS: tuple[str, ...] = tuple(
    kind.model_fields["kind"].default for kind in (UnlockAccount, ResetPassword, AddToGroup, RequestSoftware)
)


class ActionResult(Model):
    """What carrying out an action did; `changed` is false when there was nothing left to do."""

    kind: str
    summary: str
    changed: bool


def action_hash(actions: Sequence[Action], asked: int = 1) -> str:
    """SHA-256 over the canonical JSON of the exact actions an approver was shown, and of how often it was asked.

    So an approval given when it was asked before counts for nothing, also when the actions are the same.
    """
    shown: Any = [action.model_dump(mode="json") for action in actions]
    content = shown if asked == 1 else {"actions": shown, "asked": asked}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
