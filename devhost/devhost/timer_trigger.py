"""Runs functions on their schedules, and once more when a run was missed while the host was down."""

import asyncio
import json
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .config import parse_time_span
from .errors import FunctionTimedOut, HostError, WorkerGone
from .expressions import UnknownExpression
from .functions import Function
from .invocations import FunctionFailed, Invoker
from .storage import Storage

logger = logging.getLogger(__name__)


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
        # As in Azure: schedules that come round more often than once a minute are not watched for missed runs.
        now = datetime.now(UTC)
        first = self._schedule.after(now)
        frequent = self._schedule.after(first) - first < timedelta(minutes=1)
        self._status_file = (
            None if settings.get("useMonitor") is False or frequent else status_folder / f"{function.name}.json"
        )

    async def run(self) -> None:
        """Wait and run until cancelled; a run that has begun ends."""
        status = self._read_status()
        missed = status is not None and datetime.fromisoformat(status["Next"]) < datetime.now(UTC)
        if missed or self._run_on_startup:
            await asyncio.shield(self.fire(past_due=missed))
        elif status is None:
            self._write_status(last=None, following=self._schedule.after(datetime.now(UTC)))
        following = self._schedule.after(datetime.now(UTC))
        while True:
            while (wait_s := (following - datetime.now(UTC)).total_seconds()) > 0:
                await asyncio.sleep(min(wait_s, 60.0))
            await asyncio.shield(self.fire(past_due=False, due=following))
            following = self._schedule.after(max(following, datetime.now(UTC)) if self._schedule.every else datetime.now(UTC))

    async def fire(self, *, past_due: bool, due: datetime | None = None, reason: str = "") -> None:
        """Run the function once, with the retries that it asks for."""
        from azure.core.exceptions import AzureError

        now = datetime.now(UTC)
        following = self._schedule.after(max(due or now, now))
        status = self._read_status() or {"Last": "0001-01-01T00:00:00+00:00"}
        payload = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {"Last": status["Last"], "Next": following.isoformat(), "LastUpdated": status["Last"]},
            "IsPastDue": past_due,
        }
        retry = self.function.retry
        most = retry.max_retry_count if retry else 0
        attempt = 0
        while True:
            try:
                outcome = await self._invoker.invoke(
                    self.function,
                    ("json", json.dumps(payload)),
                    reason=reason or f"Timer fired at {now.isoformat()}",
                    retry=(attempt, most),
                )
                await self._storage.write_outputs(self.function, outcome, {})
                break
            except (AzureError, UnknownExpression) as error:
                logger.error("Outputs of '%s' failed: %s", self.function.name, error)
            except (FunctionFailed, FunctionTimedOut, WorkerGone):
                pass
            if retry is None or 0 <= most <= attempt:
                break
            await asyncio.sleep(min(retry.delay_s * (2**attempt if retry.longest_s > retry.delay_s else 1), retry.longest_s))
            attempt += 1
        self._write_status(last=now, following=following)

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
            "Last": last.isoformat() if last else "0001-01-01T00:00:00+00:00",
            "Next": following.isoformat(),
        }
        self._status_file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._status_file.with_suffix(".draft")
        draft.write_text(json.dumps(status))
        os.replace(draft, self._status_file)
