import pytest

from shared.actions import Action, AddToGroup, RequestSoftware, ResetPassword, UnlockAccount
from shared.risk import needs_person, risk_of


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
        (RequestSoftware(user_id="u-1", software="Visio"), "write"),
        (RequestSoftware(user_id="u-2", software="Visio"), "write"),
    ],
)
def test_risk_depends_on_the_action_and_on_whose_account_it_touches(action: Action, risk: str):
    assert risk_of(action, "u-1") == risk


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
