"""The durable backend of the local host: orchestrations, activities and entities, kept in SQLite."""

import base64
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import durabletask.internal.orchestrator_service_pb2 as pb
from durabletask.entities import EntityInstanceId
from google.protobuf.message import DecodeError

from devhost import durable_activities as activities
from devhost import durable_entities as entities
from devhost import durable_turns as turns
from devhost.durable_clock import Clock
from devhost.durable_events import failure, new_id
from devhost.durable_grpc import GrpcServer
from devhost.durable_hub import TaskHub
from devhost.durable_queue import KINDS, Key, Kind, ReadyQueue
from devhost.durable_versions import Versions
from devhost.durable_waking import wake_everything, wake_leftovers, wake_orchestrations
from devhost.store import Store, Transaction

__all__ = ["DurableBackend", "Kind", "WorkItem"]

_MANY_OUT = 2
"""How many others must be out for one that is done to wait for them."""

_Work = turns.Turn | activities.Activity | entities.Batch
_Outcome = pb.OrchestratorResponse | pb.EntityBatchResult | str | None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One hand-out of durable work to a function.

    `payload` is what the trigger binding receives: base64 of an OrchestratorRequest or of an
    EntityBatchRequest, or the JSON text of an activity's input. `token` is unique per hand-out.
    """

    kind: Kind
    name: str
    instance_id: str
    payload: str
    trace_parent: str | None
    trace_state: str | None
    token: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a hand-out ended: what its function returned (base64 protobuf, an activity's JSON text), or its failure."""

    item: WorkItem
    result: str | None = None
    failure: pb.TaskFailureDetails | None = None


@dataclass(frozen=True, slots=True)
class _HandOut:
    kind: Kind
    key: Key
    work: _Work


class DurableBackend:
    """Thread-safe task hub in one SQLite file; clients speak gRPC to it, workers are fed by its host."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._queue = ReadyQueue()
        self._out: dict[str, _HandOut] = {}
        self._activities_out: Counter[str] = Counter()
        self._out_lock = threading.Lock()
        self._store: Store | None = None
        self._hub: TaskHub | None = None
        self._clock: Clock | None = None
        self._server: GrpcServer | None = None

    @property
    def hub(self) -> TaskHub:
        """The operations that clients may ask for; valid between start and stop."""
        if self._hub is None:
            raise RuntimeError("the durable backend has not been started")
        return self._hub

    def start(self, port: int = 0) -> str:
        """Open the database, recover what was in flight, serve gRPC on 127.0.0.1; return "127.0.0.1:PORT".

        Raises:
            OSError: the port is taken, or another host uses the database.
        """
        self._store = Store(self._database, self._publish)
        self._clock = Clock(self._store)
        self._hub = TaskHub(self._store)
        with self._store.write() as tx:
            wake_everything(tx)
        self._server = GrpcServer(self._hub)
        try:
            address = self._server.start(port)
        except OSError:
            self.stop()
            raise
        self._clock.start()
        return address

    def use_versions(self, versions: Versions) -> None:
        """Give these to new instances and run what fits them from now on, also what waited for a host that does."""
        store = self._started_store()
        store.versions = versions
        with store.write() as tx:
            wake_orchestrations(tx)

    def stop(self) -> None:
        """Stop serving and close the database; what is in flight stays recorded as outstanding."""
        self._queue.close()
        with self._out_lock:
            self._out.clear()
            self._activities_out.clear()
        if self._server is not None:
            self._server.stop()
        if self._clock is not None:
            self._clock.stop()
        if self._store is not None:
            self._store.close()

    def next_work(self, kinds: Collection[Kind], timeout_s: float) -> WorkItem | None:
        """Block until work of one of `kinds` is there or the timeout passes."""
        deadline = time.monotonic() + timeout_s
        while True:
            taken = self._queue.take(kinds, deadline)
            if taken is None:
                return None
            item = self._hand_out(*taken)
            if item is not None:
                return item

    def settle(self, endings: Iterable[Ending]) -> None:
        """Record how several hand-outs ended, in one commit."""
        claimed = [(out, ending) for ending in endings if (out := self._claim(ending.item)) is not None]
        if claimed:
            self._record(claimed)

    def abandon(self, item: WorkItem) -> None:
        """Hand the item out again, because its worker died; a late completion of it is ignored."""
        out = self._claim(item)
        if out is not None:
            self._give_back(out)

    def _hand_out(self, kind: Kind, key: Key) -> WorkItem | None:
        try:
            with self._started_store().write() as tx:
                work = _load(tx, kind, key)
                if work is None:
                    # Inside the transaction: an event that comes right after must find the key free.
                    self._queue.release(kind, key)
                    return None
        except BaseException:
            self._queue.release(kind, key)
            raise
        item = _item(work, new_id())
        with self._out_lock:
            self._out[item.token] = _HandOut(kind, key, work)
            if kind == "activity":
                self._activities_out[item.instance_id] += 1
        return item

    def _record(self, ended: Sequence[tuple[_HandOut, Ending]]) -> None:
        """One that cannot be recorded is handed out again, and keeps none of the others from being recorded."""
        is_applied = False
        try:
            with self._started_store().write() as tx:
                for out, ending in ended:
                    self._apply(tx, out, ending)
                is_applied = True
                for out, _ in ended:
                    self._queue.release(out.kind, out.key)
                    wake_leftovers(tx, out.kind, out.key)
        except Exception:
            if len(ended) > 1 and not is_applied:
                for each in ended:
                    with suppress(Exception):
                        self._record([each])
                return
            for out, _ in ended:
                self._give_back(out)
            raise

    def _apply(self, tx: Transaction, out: _HandOut, ending: Ending) -> None:
        """The orchestration of one of many activities that are out waits a moment for the others' results.

        Of two it does not: they are seldom done together, and whoever waits for the one may need no more.
        """
        before = len(tx.orchestrations)
        _apply(tx, out.work, ending)
        if isinstance(out.work, activities.Activity) and self._activities_out[out.work.instance_id] >= _MANY_OUT:
            tx.soon += tx.orchestrations[before:]
            del tx.orchestrations[before:]

    def _claim(self, item: WorkItem) -> _HandOut | None:
        with self._out_lock:
            out = self._out.pop(item.token, None)
            if out is not None and item.kind == "activity":
                self._activities_out[item.instance_id] -= 1
                if not self._activities_out[item.instance_id]:
                    del self._activities_out[item.instance_id]
            return out

    def _give_back(self, out: _HandOut) -> None:
        self._queue.release(out.kind, out.key)
        self._queue.add(out.kind, [out.key], first=True)

    def _started_store(self) -> Store:
        if self._store is None:
            raise RuntimeError("the durable backend has not been started")
        return self._store

    def _publish(self, tx: Transaction) -> None:
        """Wake whoever waits for what a committed transaction brought; runs under the store's lock."""
        ready: dict[Kind, list[str] | list[int]] = {
            "orchestration": tx.orchestrations,
            "entity": tx.entities,
            "activity": tx.activities,
        }
        if tx.soon:
            self._queue.add_soon("orchestration", tx.soon)
        for kind in KINDS:
            if ready[kind]:
                self._queue.add(kind, ready[kind])
        if tx.schedule_changed and self._clock is not None:
            self._clock.reschedule()
        if tx.changed and self._server is not None:
            self._server.announce(tx.changed)


def _load(tx: Transaction, kind: Kind, key: Key) -> _Work | None:
    if kind == "orchestration":
        return turns.next_turn(tx, str(key))
    if kind == "entity":
        return entities.next_batch(tx, str(key))
    return activities.load(tx, int(key))


def _item(work: _Work, token: str) -> WorkItem:
    match work:
        case turns.Turn():
            payload = base64.b64encode(work.request).decode()
            kind, name, instance_id = "orchestration", work.name, work.instance_id
        case entities.Batch():
            payload = base64.b64encode(work.request.SerializeToString()).decode()
            kind, name, instance_id = "entity", EntityInstanceId.parse(work.entity_id).entity, work.entity_id
        case activities.Activity():
            kind, name, instance_id, payload = "activity", work.name, work.instance_id, work.input
    return WorkItem(kind, name, instance_id, payload, work.trace.parent, work.trace.state, token)


def _decode(kind: Kind, result: str | None) -> _Outcome:
    if kind == "activity":
        return result
    encoded = base64.b64decode(result or "", validate=True)
    if kind == "orchestration":
        return pb.OrchestratorResponse.FromString(encoded)
    return pb.EntityBatchResult.FromString(encoded)


def _apply(tx: Transaction, work: _Work, ending: Ending) -> None:
    if ending.failure is not None:
        _fail(tx, work, ending.failure)
        return
    try:
        outcome = _decode(ending.item.kind, ending.result)
    except (ValueError, DecodeError) as error:
        unreadable = f"What {ending.item.name} returned cannot be read: {error}"
        _fail(tx, work, failure(type(error).__name__, unreadable, ""))
    else:
        _complete(tx, work, outcome)


def _complete(tx: Transaction, work: _Work, outcome: _Outcome) -> None:
    match work, outcome:
        case turns.Turn(), pb.OrchestratorResponse():
            turns.complete(tx, work, outcome)
        case entities.Batch(), pb.EntityBatchResult():
            entities.complete(tx, work, outcome)
        case activities.Activity(), (str() | None):
            activities.complete(tx, work, outcome)
        case _:
            raise TypeError(f"{type(outcome).__name__} is no answer to {type(work).__name__}")


def _fail(tx: Transaction, work: _Work, details: pb.TaskFailureDetails) -> None:
    match work:
        case turns.Turn():
            turns.fail(tx, work, details)
        case entities.Batch():
            entities.fail(tx, work, details)
        case activities.Activity():
            activities.fail(tx, work, details)
