import re

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.actions import Action, AddToGroup, RequestSoftware, ResetPassword, UnlockAccount, action_hash

ACTION: TypeAdapter[Action] = TypeAdapter(Action)


@pytest.mark.parametrize(
    "action",
    [
        UnlockAccount(user_id="u-1"),
        ResetPassword(user_id="u-1"),
        AddToGroup(user_id="u-1", group="finance-share"),
        RequestSoftware(user_id="u-1", software="Visio"),
    ],
)
def test_an_action_comes_back_from_json_as_its_own_kind(action: Action):
    assert ACTION.validate_python(action.model_dump(mode="json")) == action


@pytest.mark.parametrize(
    "invented",
    [
        {"kind": "delete_account", "user_id": "u-1"},
        {"user_id": "u-1"},
        {"kind": "unlock_account"},
        {"kind": "unlock_account", "user_id": "u-1", "force": True},
        {"kind": "add_to_group", "user_id": "u-1", "group": ""},
        {"kind": "add_to_group", "user_id": "u-1", "group": "g" * 101},
    ],
)
def test_an_invented_action_is_refused(invented: dict[str, object]):
    with pytest.raises(ValidationError):
        ACTION.validate_python(invented)


def test_the_hash_is_that_of_the_exact_actions_in_their_order():
    unlock, reset = UnlockAccount(user_id="u-1"), ResetPassword(user_id="u-1")
    hashes = {
        action_hash(()),
        action_hash((unlock,)),
        action_hash((reset,)),
        action_hash((unlock, reset)),
        action_hash((reset, unlock)),
        action_hash((UnlockAccount(user_id="u-2"),)),
    }
    assert len(hashes) == 6
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in hashes)


def test_the_hash_survives_json_and_restarts():
    action = AddToGroup(user_id="u-1", group="Vertrieb Süd")
    assert action_hash([ACTION.validate_python(action.model_dump(mode="json"))]) == action_hash([action])
    assert action_hash([UnlockAccount(user_id="u-1")]) == (
        "5f3ca9a3e85b309ebe3347579a565fdfd56599a753fa9fd0a417738011654576"
    )
