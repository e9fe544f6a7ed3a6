"""One id from the door to the last line of the log."""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrations.calling import sent
from shared.correlation import CORRELATION_KEY, LANE_KEY, following, log_correlation_ids, trail
from shared.exchanged import Done
from shared.settings import read
from tests.desk import policy
from triggers.services import Services

ROOT = Path(__file__).parents[2]


async def test_what_runs_side_by_side_has_a_trail_of_its_own():
    async def work(correlation_id: str) -> str | None:
        with following(correlation_id):
            await asyncio.sleep(0.01)
            return trail().correlation_id

    assert await asyncio.gather(*(work(f"c-{number}") for number in range(5))) == [f"c-{n}" for n in range(5)]
    assert trail().correlation_id is None


def test_a_message_without_a_trace_stays_in_the_one_it_was_in():
    with following("outer", "trace-1"), following("inner"):
        assert trail() == ("inner", "trace-1", "interactive")


def test_work_in_a_lane_stays_in_it_and_so_does_what_it_starts():
    services = Services(read({}))
    with following("outer", lane="batch"), following("inner"):
        assert trail().lane == "batch"
        assert services.policy.lane == "batch"
    assert services.policy.lane == "interactive"


def test_what_is_started_goes_on_under_the_id_of_the_call_that_starts_it():
    services = Services(read({}))
    assert services.policy.correlation_id is None
    with following("door-1"):
        assert services.policy.correlation_id == "door-1"


def test_an_activity_is_told_the_id_beside_its_input_and_only_where_there_is_one():
    assert sent(Done(), policy()) == {"degraded": None}
    assert sent(Done(), policy(correlation_id="door-1")) == {"degraded": None, CORRELATION_KEY: "door-1"}


def test_an_activity_is_told_the_lane_it_works_in():
    assert sent(Done(), policy(lane="batch")) == {"degraded": None, LANE_KEY: "batch"}


@pytest.mark.parametrize("correlation_id", ["door-1", "100 %s", "%"])
def test_every_line_of_ours_ends_with_the_id_and_other_lines_carry_it(correlation_id: str):
    script = f"""
import logging, sys
from shared.correlation import following, log_correlation_ids
log_correlation_ids()
log_correlation_ids()
logging.basicConfig(stream=sys.stdout, level="INFO", format="%(message)s|%(correlation_id)s")
with following({correlation_id!r}):
    logging.getLogger("helpdesk.doors").info("%s of %d", "one", 2)
    logging.getLogger("desk.notify").info("plain")
    logging.getLogger("azure").info("theirs")
logging.getLogger("helpdesk.doors").info("after")
"""
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    assert run.stdout.splitlines() == [
        f"one of 2 [{correlation_id}]|{correlation_id}",
        f"plain [{correlation_id}]|{correlation_id}",
        f"theirs|{correlation_id}",
        "after|None",
    ]


def test_the_log_is_set_up_once():
    log_correlation_ids()
    factory = logging.getLogRecordFactory()
    log_correlation_ids()
    assert logging.getLogRecordFactory() is factory
