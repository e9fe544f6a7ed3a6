import pytest

from shared.actions import (
    Action,
    AddToGroup,
    RemoveFromGroup,
    RequestSoftware,
    ResetPassword,
    SetTicketFields,
    UnlockAccount,
)  # fmt: skip
from shared.catalog import CatalogItem
from shared.risk import needs_person, risk_of

CATALOG = (
    CatalogItem(id="editor", name="Editor", owner_group="it", needs_approval=False),
    CatalogItem(id="visio", name="Visio", owner_group="it"),
    CatalogItem(id="rare", name="Sold out", owner_group="it", needs_approval=False, licences_left=0),
)


@pytest.mark.parametrize(
    ("action", "risk"),
    [
        (UnlockAccount(user_id="u-1"), "write"),
        (ResetPassword(user_id="u-1"), "write"),
        (UnlockAccount(user_id="u-2"), "dangerous"),
        (ResetPassword(user_id="u-2"), "dangerous"),
        (ResetPassword(user_id="U-1"), "dangerous"),
        (ResetPassword(user_id="u-1 "), "dangerous"),
        (AddToGroup(user_id="u-1", group="finance-share"), "dangerous"),
        (AddToGroup(user_id="u-2", group="finance-share"), "dangerous"),
        (RemoveFromGroup(user_id="u-1", group="finance-share"), "dangerous"),
        (RequestSoftware(user_id="u-1", software="Editor"), "write"),
        (RequestSoftware(user_id="u-1", software=" EDITOR"), "write"),
        (RequestSoftware(user_id="u-2", software="Editor"), "dangerous"),
        (RequestSoftware(user_id="u-1", software="Visio"), "dangerous"),
        (RequestSoftware(user_id="u-1", software="Sold out"), "dangerous"),
        (RequestSoftware(user_id="u-1", software="Unheard of"), "dangerous"),
        (SetTicketFields(category="network", assigned_to="second-line"), "write"),
        (SetTicketFields(priority="P1"), "dangerous"),
    ],
)
def test_risk_depends_on_the_action_and_on_whose_account_it_touches(action: Action, risk: str):
    assert risk_of(action, "u-1", CATALOG) == risk


def test_a_plan_without_actions_needs_nobody():
    assert needs_person((), "u-1") is None


def test_harmless_actions_need_nobody():
    assert needs_person((UnlockAccount(user_id="u-1"), ResetPassword(user_id="u-1")), "u-1") is None


def test_one_dangerous_action_among_harmless_ones_needs_a_person_and_is_named():
    actions = (UnlockAccount(user_id="u-1"), AddToGroup(user_id="u-1", group="finance-share"))
    reason = needs_person(actions, "u-1")
    assert reason == "add_to_group: gives u-1 the access of finance-share"


def test_every_dangerous_action_is_named():
    reason = needs_person((ResetPassword(user_id="u-2"), UnlockAccount(user_id="u-3")), "u-1")
    assert reason is not None
    assert "u-2" in reason
    assert "u-3" in reason
