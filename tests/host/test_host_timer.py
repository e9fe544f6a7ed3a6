import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from devhost.errors import HostError
from devhost.timer_trigger import Schedule
from tests.host.conftest import RunningHost, StartHost
from tests.host.test_host_queue import queue, wait_for_message

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "following"),
    [
        ("*/15 * * * * *", NOON + timedelta(seconds=15)),
        ("0 */5 * * * *", NOON + timedelta(minutes=5)),
        ("0 30 9 * * MON", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("30 9 * * *", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("00:10:00", NOON + timedelta(minutes=10)),
    ],
)
def test_a_schedule_says_when_it_comes_next(schedule: str, following: datetime) -> None:
    assert Schedule.parse(schedule).after(NOON) == following


def test_a_schedule_that_is_none_is_refused_by_its_text() -> None:
    with pytest.raises(HostError, match="every now and then"):
        Schedule.parse("every now and then")


def test_a_timer_fires_on_its_schedule(start_host: StartHost) -> None:
    host = start_host("doors", {"TICK": "* * * * * *"})
    ticks = queue(host, "ticks")
    assert json.loads(wait_for_message(ticks, "past_due")) == {"past_due": False}
    wait_for_message(ticks, "past_due")


def test_a_timer_can_be_fired_by_hand(doors: RunningHost) -> None:
    assert httpx.post(f"{doors.url}/admin/functions/tick", json={}).status_code == 202
    wait_for_message(queue(doors, "ticks"), "past_due")


def test_a_run_that_was_missed_is_made_up_for_once(start_host: StartHost) -> None:
    host = start_host("doors")
    host.stop()
    status_file = host.data / "timers" / "tick.json"
    status = json.loads(status_file.read_text())
    yesterday = datetime.now(UTC) - timedelta(days=1)
    status_file.write_text(json.dumps({**status, "Next": yesterday.isoformat()}))

    again = start_host("doors")
    assert json.loads(wait_for_message(queue(again, "ticks"), "past_due")) == {"past_due": True}
    again.stop()
    once_more = start_host("doors")
    once_more.stop()
    assert "Executing 'Functions.tick'" in again.log
    assert "Executing 'Functions.tick'" not in once_more.log
