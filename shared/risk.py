"""What an action may break, judged by code: the model proposes, it never authorises."""

from collections.abc import Sequence

from shared.actions import Action, AddToGroup, RemoveFromGroup, RequestSoftware, Risk, SetTicketFields
from shared.catalog import CatalogItem, item_named


def risk_of(action: Action, requester_id: str, catalog: Sequence[CatalogItem] = ()) -> Risk:
    """Say whether the desk may do this by itself ("write") or a person must agree ("dangerous").

    `catalog` is what is known of the software that can be requested.
    """
    return "write" if _danger_of(action, requester_id, catalog) is None else "dangerous"


def needs_person(actions: Sequence[Action], requester_id: str, catalog: Sequence[CatalogItem] = ()) -> str | None:
    """Give the reason why a person must approve these actions, or None when none is dangerous."""
    dangers = [(action.kind, _danger_of(action, requester_id, catalog)) for action in actions]
    return "; ".join(f"{kind}: {why}" for kind, why in dangers if why is not None) or None


def _danger_of(action: Action, requester_id: str, catalog: Sequence[CatalogItem]) -> str | None:
    """More or less access is dangerous; so is an account that is not exactly the requester's, what costs money or
    has no price yet, and a priority that rules have not worked out."""
    match action:
        case AddToGroup():
            return f"gives {action.user_id} the access of {action.group}"
        case RemoveFromGroup():
            return f"takes the access of {action.group} from {action.user_id}"
        case SetTicketFields():
            return f"sets the priority to {action.priority}" if action.priority is not None else None
        case _ if action.user_id != requester_id:
            return f"{action.user_id} is not the requester's own account"
        case RequestSoftware():
            return _danger_of_software(item_named(catalog, action.software), action.software)
        case _:
            return None


def _danger_of_software(item: CatalogItem | None, name: str) -> str | None:
    if item is None:
        return f"{name} is not known to be in the catalogue"
    if item.needs_approval:
        return f"{item.name} needs the approval of {item.owner_group}"
    return f"no licence of {item.name} is left" if item.licences_left == 0 else None
