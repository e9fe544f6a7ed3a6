"""Runs functions on their schedules, and once more when a run was missed while the host was down."""

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .config import parse_time_span
from .errors import FunctionTimedOut, HostError, OutputFailed, WorkerGone
from .functions import Function
from .invocations import FunctionFailed, Invoker
from .protocol import Retry
from .storage import Storage

_NEVER = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Schedule:
    """An NCRONTAB expression (six fields, or five without seconds) or a time span between runs."""

    text: str
    every: timedelta | None

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read a schedule.

        Raises:
            HostError: it is neither form.
        """
        from cronsim import CronSim, CronSimError

        try:
            return cls(text, parse_time_span(text))
        except ValueError:
            pass
        try:
            CronSim(text, datetime.now(UTC))
        except CronSimError as error:
            raise HostError(f"timer schedule '{text}' cannot be read: {error}") from error
        return cls(text, None)

    def after(self, moment: datetime) -> datetime:
        from cronsim import CronSim

        return moment + self.every if self.every else next(CronSim(self.text, moment))


class TimerListener:
    """One timer trigger; it never overlaps itself."""

    def __init__(self, function: Function, invoker: Invoker, storage: Storage, status_folder: Path) -> None:
        settings = function.trigger.settings
        self.function = function
        self._invoker = invoker
        self._storage = storage
        self._schedule = Schedule.parse(str(settings["schedule"]))
        self._run_on_startup = settings.get("runOnStartup") is True
        # As in Azure: what comes round more often than once a minute is not watched for missed runs.
        first = self._schedule.after(datetime.now(UTC))
        watched = settings.get("useMonitor") is not False
        if self._schedule.after(first) - first < timedelta(minutes=1):
            watched = False
        self._status_file = status_folder / f"{function.name}.json" if watched else None
        self._firing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Wait and fire until cancelled; a run that has begun goes on after that."""
        status = self._read_status()
        missed = status is not None and datetime.fromisoformat(status["Next"]) < datetime.now(UTC)
        if missed or self._run_on_startup:
            await self._fire_to_the_end(past_due=missed)
        elif status is None:
            self._write_status(last=None, following=self._schedule.after(datetime.now(UTC)))
        due = self._schedule.after(datetime.now(UTC))
        while True:
            await _sleep_until(due)
            await self._fire_to_the_end(past_due=False)
            # Never the same moment twice, also when the clock was a little early.
            due = self._schedule.after(max(due, datetime.now(UTC)))

    async def settle(self) -> None:
        """Wait for the run that has begun."""
        if self._firing:
            await asyncio.wait((self._firing,))

    async def _fire_to_the_end(self, *, past_due: bool) -> None:
        self._firing = asyncio.create_task(self.fire(past_due=past_due))
        await asyncio.shield(self._firing)

    async def fire(self, *, past_due: bool, reason: str = "") -> None:
        """Run the function once, with the retries that it asks for."""
        now = datetime.now(UTC)
        following = self._schedule.after(now)
        last = (self._read_status() or {"Last": _NEVER})["Last"]
        payload = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {"Last": last, "Next": following.isoformat(), "LastUpdated": last},
            "IsPastDue": past_due,
        }
        retry = self.function.retry or Retry(0, 0.0, 0.0)
        attempt = 0
        while not await self._attempt(payload, reason or f"Timer fired at {now.isoformat()}", attempt):
            # A negative number means: for ever.
            if 0 <= retry.max_retry_count <= attempt:
                break
            growth = 2**attempt if retry.longest_s > retry.delay_s else 1
            await asyncio.sleep(min(retry.delay_s * growth, retry.longest_s))
            attempt += 1
        self._write_status(last=now, following=following)

    async def _attempt(self, payload: dict[str, Any], reason: str, attempt: int) -> bool:
        most = self.function.retry.max_retry_count if self.function.retry else 0
        value = ("json", json.dumps(payload))
        try:
            outcome = await self._invoker.invoke(self.function, value, reason=reason, retry=(attempt, most))
            await self._storage.write_outputs(self.function, outcome, {})
        except (FunctionFailed, FunctionTimedOut, OutputFailed, WorkerGone):
            return False
        return True

    def _read_status(self) -> dict[str, Any] | None:
        if self._status_file is None or not self._status_file.exists():
            return None
        try:
            return json.loads(self._status_file.read_text())
        except ValueError:
            return None

    def _write_status(self, last: datetime | None, following: datetime) -> None:
        if self._status_file is None:
            return
        status = {
            "Last": last.isoformat() if last else _NEVER,
            "Next": following.isoformat(),
        }
        self._status_file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._status_file.with_suffix(".draft")
        draft.write_text(json.dumps(status))
        os.replace(draft, self._status_file)


async def _sleep_until(moment: datetime) -> None:
    # In pieces, because the wall clock may be set, or stand still with the laptop's lid closed.
    while (wait_s := (moment - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110
        await asyncio.sleep(min(wait_s, 60.0))
