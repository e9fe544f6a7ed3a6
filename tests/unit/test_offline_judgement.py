"""What the rules advise on a dangerous action: only what words and the directory tell."""

import pytest

from adapters.offline_judgement import judgement
from shared.actions import Action, AddToGroup, UnlockAccount
from shared.thinking import Profile, Question
from tests.contract.model_cases import PLAN, QUESTION

ASKS = "Please give me access to the finance-share."


def judged(role: str, action: Action, text: str = ASKS, known: bool = True) -> bool | None:
    """What the voter thinks of the action, given what the ticket says."""
    recollection = QUESTION.recollection.model_copy(update={"profile": Profile(id="u-1001", known=known)})
    plan = PLAN.model_copy(update={"actions": (action,)})
    question: Question = QUESTION.model_copy(
        update={"subject": "Access", "text": text, "draft": plan, "role": role, "recollection": recollection}
    )
    return judgement(question).fitting


FINANCE = AddToGroup(user_id="u-1001", group="finance-share")
OTHERS = UnlockAccount(user_id="u-1002")


def test_grounds_are_the_words_of_the_ticket() -> None:
    assert judged("grounds", FINANCE) is True
    assert judged("grounds", AddToGroup(user_id="u-1001", group="payroll-admins")) is False


def test_a_stranger_is_a_reason_against() -> None:
    assert judged("person", FINANCE) is True
    assert judged("person", FINANCE, known=False) is False


def test_what_the_directory_does_not_tell_is_no_vote() -> None:
    assert judged("person", OTHERS) is None


@pytest.mark.parametrize("group", ["domain-admins", "account-owners", "global-readers"])
def test_wide_rights_are_a_reason_against(group: str) -> None:
    assert judged("least", AddToGroup(user_id="u-1001", group=group)) is False


def test_a_narrow_group_is_nothing_rules_can_judge() -> None:
    assert judged("least", FINANCE) is None


def test_a_plan_without_danger_gets_no_opinion() -> None:
    assert judged("grounds", UnlockAccount(user_id="u-1001")) is None
