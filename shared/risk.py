"""What an action may break, judged by code: the model proposes, it never authorises."""

from collections.abc import Sequence

from shared.actions import Action, AddToGroup, RequestSoftware, Risk


def risk_of(action: Action, requester_id: str) -> Risk:
    """Say whether the desk may do this by itself ("write") or a person must agree ("dangerous").

    More access is dangerous; so is touching an account that is not exactly the requester's.
    """
    if isinstance(action, AddToGroup):
        return "dangerous"
    if isinstance(action, RequestSoftware):
        return "write"
    return "write" if action.user_id == requester_id else "dangerous"


def needs_person(actions: Sequence[Action], requester_id: str) -> str | None:
    """Give the reason why a person must approve these actions, or None when none is dangerous."""
    dangerous = [action for action in actions if risk_of(action, requester_id) == "dangerous"]
    return "; ".join(_why(action) for action in dangerous) or None


def _why(action: Action) -> str:
    if isinstance(action, AddToGroup):
        return f"{action.kind}: gives {action.user_id} the access of {action.group}"
    return f"{action.kind}: {action.user_id} is not the requester's own account"
