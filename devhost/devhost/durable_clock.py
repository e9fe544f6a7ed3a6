"""One thread for everything that is due later: timers, delayed starts, delayed signals."""

import logging
import sqlite3
import threading

from devhost import durable_entities as entities
from devhost import durable_instances as instances
from devhost.durable_events import Trace, now_us
from devhost.store import Store, Transaction

_BATCH = 500
_LONGEST_SLEEP_S = 60.0
_RETRY_S = 1.0
_logger = logging.getLogger(__name__)


def deliver_due(tx: Transaction) -> float:
    """Deliver what is due by now; return the seconds until the next one, bounded."""
    now = now_us()
    rows = tx.all("SELECT * FROM due WHERE due_at <= ? ORDER BY due_at, id LIMIT ?", now, _BATCH)
    for row in rows:
        tx.execute("DELETE FROM due WHERE id = ?", row["id"])
        if row["target"].startswith("@"):
            trace = Trace(row["trace_parent"], row["trace_state"])
            entities.enqueue(tx, row["target"], row["event"], trace=trace)
        else:
            instances.deliver(tx, row["target"], row["event"], row["execution_id"])
    if len(rows) == _BATCH:
        return 0.0
    following = tx.one("SELECT MIN(due_at) AS due_at FROM due")
    if following is None or following["due_at"] is None:
        return _LONGEST_SLEEP_S
    return min(max((following["due_at"] - now) / 1_000_000, 0.0), _LONGEST_SLEEP_S)


class Clock:
    """Delivers what is due; RAM holds none of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="durable-clock", daemon=True)

    def start(self) -> None:
        """Begin to deliver, first what became due while nobody was running."""
        self._thread.start()

    def reschedule(self) -> None:
        """Look again at what is due next, because something was added."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the delivery in progress."""
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            try:
                with self._store.write() as tx:
                    delay_s = deliver_due(tx)
            except sqlite3.Error:
                # A full disk, for one: nothing was taken off the schedule, so it is tried again.
                _logger.exception("What is due could not be delivered")
                delay_s = _RETRY_S
            self._wake.wait(delay_s)
