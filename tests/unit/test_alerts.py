"""When an alert is raised and cleared: levels, for how long, and what happens when nothing is known."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import metrics
from shared.alert_rules import RULES, Level, Levels, observations, rules
from shared.alerts import Rule, Watched, judged
from shared.errors import SettingsError
from shared.readings import Reading, Readings
from shared.settings import read

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RULE = Rule(
    name="queue_waits", metric="m", source="queues", severity="warning", raise_at=10, clear_at=4,
    raise_after_s=120, clear_after_s=60, says="{subject} {value} of {limit}", advice="look",
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ([9, 9, 9, 9], {}),
        ([10, 10, 10], {2: "raised"}),
        ([10, 10, 9, 10, 10], {}),
        ([12, 12, 12, 5, 5, 5], {2: "raised"}),
        ([12, 12, 12, 4, 4], {2: "raised", 4: "cleared"}),
        ([12, 12, 12, 4, 5, 4, 4], {2: "raised", 6: "cleared"}),
        ([12, 12, 12, 9, 11, 9, 11], {2: "raised"}),
        ([12, 12, 12, 0, 0, 12, 12, 12], {2: "raised", 4: "cleared", 7: "raised"}),
    ],
    ids=[
        "below the level", "long enough above it", "not in one go", "between the levels it stays",
        "low for long enough", "not low in one go", "trembling is one alert", "raised anew",
    ],
)  # fmt: skip
def test_hysteresis(values: list[float], changes: dict[int, str]):
    """One look a minute; `changes` says at which look what happens."""
    watched, is_open, seen = Watched(), False, dict[int, str]()
    for look, value in enumerate(values):
        watched, change = judged(RULE, watched, is_open, value, NOON + timedelta(minutes=look))
        if change is not None:
            is_open = change == "raised"
            seen[look] = change
    assert seen == changes


def test_what_a_person_cleared_comes_back_only_after_it_was_calm():
    muted = Watched(muted=True)
    at_once = RULE.model_copy(update={"raise_after_s": 0})
    assert judged(at_once, muted, False, 50, NOON) == (muted, None)
    assert judged(at_once, muted, False, 6, NOON) == (muted, None)
    calm, _ = judged(at_once, muted, False, 4, NOON)
    assert judged(at_once, calm, False, 50, NOON)[1] == "raised"


def test_every_rule_is_over_a_gauge_and_clears_below_where_it_raises():
    gauges = {metric.name for metric in metrics.METRICS if metric.kind == "gauge"}
    assert {rule.metric for rule in RULES} <= gauges
    assert all(rule.clear_at < rule.raise_at for rule in RULES)


def test_each_subject_is_seen_alone_and_one_that_is_gone_is_calm():
    found = Readings(at=NOON, values=(depth("tickets", 700), depth("tasks", 0)))
    seen = observations(found, RULES, frozenset({("queue_waits", "batches")}))
    assert {one.subject: one.value for one in seen if one.rule.name == "queue_waits"} == {
        "batches": 0, "tasks": 0, "tickets": 700,
    }  # fmt: skip


def test_of_a_source_that_is_down_nothing_is_seen():
    found = Readings(at=NOON, values=(), unread={"queues": "down"})
    seen = observations(found, RULES, frozenset({("queue_waits", "tickets"), ("dead_letters", "desk")}))
    assert [(one.rule.name, one.value) for one in seen] == [("dead_letters", 0)]


def test_a_desk_sets_its_own_levels_and_turns_rules_off():
    levels = Levels(by_rule={"queue_waits": Level(raise_at=300, clear_at=60), "cost_of_day": Level(off=True)})
    found = {rule.name: rule for rule in rules(levels)}
    assert (found["queue_waits"].raise_at, found["queue_waits"].clear_at) == (300, 60)
    assert "cost_of_day" not in found


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("ALERT_LEVELS", '{"no_such": {"off": true}}', "no_such is no rule"),
        ("ALERT_LEVELS", '{"dead_letters": {"raise_at": 0}}', "clear_at must be below raise_at"),
        ("ALERT_CHANNELS", "console,pigeon", "pigeon is no channel"),
        ("ALERT_CHANNELS", "console,console", "twice"),
        ("ALERT_CHANNELS", "slack:urgent", "ALERT_CHANNELS"),
        ("ALERT_CHANNELS", "slack", "ALERT_SLACK_URL must be set"),
        ("ALERT_CHANNELS", "email", "ALERT_MAIL_HOST and ALERT_MAIL_FROM and ALERT_MAIL_TO"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str, fault: str):
    with pytest.raises(SettingsError, match=fault):
        read({name: value})


def test_no_password_is_sent_in_the_open():
    given = {"ALERT_MAIL_USER": "desk", "ALERT_MAIL_PASSWORD": "words", "ALERT_MAIL_STARTTLS": "false"}
    with pytest.raises(SettingsError, match="in the open"):
        read(given)


def test_a_channel_has_its_own_least_severity():
    console, slack = read(
        {"ALERT_CHANNELS": "console, slack:critical", "ALERT_SLACK_URL": "https://x.example/h"}
    ).alert_channels
    assert (console.hears_of("info"), slack.hears_of("warning"), slack.hears_of("critical")) == (True, False, True)


def depth(queue: str, age_s: float) -> Reading:
    return Reading(metric=metrics.QUEUE_AGE.name, value=age_s, attributes={"queue": queue})
