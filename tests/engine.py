"""Runs orchestrations in virtual time on the real worker: history in, actions out, as the runtime would drive it.

Only the passing of time and the activities are made up, so that a ladder of hours takes milliseconds and an
event can arrive at exactly the moment that matters.
"""

import base64
import heapq
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.durable_functions.worker import DurableFunctionsWorker
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb

from shared.budget import PAYER_KEY
from shared.exchanged import Answered

type Activity = Callable[[Any], Any]
"""Takes the activity's input as JSON, returns its answer as JSON or a Slow one; raises to fail."""


@dataclass(frozen=True)
class Slow:
    """An activity's outcome that takes its time: an answer, or an error to raise."""

    takes: timedelta
    outcome: Any


@dataclass
class Instance:
    instance_id: str
    name: str
    history: list[pb.HistoryEvent] = field(default_factory=list[pb.HistoryEvent])
    arrived: list[pb.HistoryEvent] = field(default_factory=list[pb.HistoryEvent])
    custom_status: Any = None
    output: Any = None
    failure: str | None = None
    ended: bool = False
    generations: int = 1
    longest_history: int = 0
    parent: tuple["Instance", int] | None = None
    """Which instance waits for this one, under which task id."""


class Engine:
    """One task hub. Everything that is due at the same moment reaches its instance in one turn."""

    def __init__(self, orchestrations: Mapping[str, Any], activities: Mapping[str, Activity]):
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.activities = dict(activities)
        self.instances: dict[str, Instance] = {}
        self.calls: list[tuple[str, Any]] = []
        self.paid_by: dict[str, Any] = {}
        """On whose account each activity was last called."""
        self.dropped: list[tuple[str, str]] = []
        self._orchestrations = orchestrations
        self._worker = DurableFunctionsWorker()
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = 0

    def start(self, name: str, instance_id: str, given: Any, version: str | None = None) -> Instance:
        instance = Instance(instance_id, name)
        self.instances[instance_id] = instance
        begun = helpers.new_execution_started_event(name, instance_id, json.dumps(given), version=version)
        instance.arrived.append(begun)
        return instance

    def raise_event(self, instance_id: str, name: str, data: Any) -> None:
        instance = self.instances.get(instance_id)
        if instance is None or instance.ended:
            self.dropped.append((instance_id, name))
            return
        instance.arrived.append(helpers.new_event_raised_event(name, json.dumps(data)))

    def at(self, delay: timedelta, do: Callable[[], None]) -> None:
        """Do something when virtual time has passed, before timers that are due at the same moment."""
        self._plan(self.now + delay, do)

    def run(self, until: timedelta = timedelta(days=365)) -> None:
        """Run until nothing happens any more, or virtual time is up."""
        end = self.now + until
        while True:
            ready = [instance for instance in self.instances.values() if instance.arrived and not instance.ended]
            for instance in ready:
                self._turn(instance)
            if ready:
                continue
            if not self._due or self._due[0][0] > end:
                return
            self.now = self._due[0][0]
            while self._due and self._due[0][0] == self.now:
                heapq.heappop(self._due)[2]()

    def called(self, activity: str) -> list[Any]:
        """The inputs an activity was called with, in order."""
        return [given for name, given in self.calls if name == activity]

    def _turn(self, instance: Instance) -> None:
        new = [helpers.new_orchestrator_started_event(self.now.replace(tzinfo=None)), *instance.arrived]
        instance.arrived = []
        request = pb.OrchestratorRequest(instanceId=instance.instance_id, pastEvents=instance.history, newEvents=new)
        encoded = base64.b64encode(request.SerializeToString()).decode()
        answer = self._worker.execute_orchestration_request(self._orchestrations[instance.name], encoded)
        response = pb.OrchestratorResponse()
        response.ParseFromString(base64.b64decode(answer))
        instance.history += new
        instance.longest_history = max(instance.longest_history, len(instance.history))
        if response.HasField("customStatus"):
            instance.custom_status = json.loads(response.customStatus.value)
        for action in response.actions:
            self._act(instance, action)

    def _act(self, instance: Instance, action: pb.OrchestratorAction) -> None:
        kind = action.WhichOneof("orchestratorActionType")
        if kind == "scheduleTask":
            task = action.scheduleTask
            instance.history.append(helpers.new_task_scheduled_event(action.id, task.name, task.input.value))
            self._plan(self.now, lambda: self._perform(instance, action.id, task.name, task.input.value))
        elif kind == "createTimer":
            fire_at = action.createTimer.fireAt.ToDatetime(tzinfo=UTC)
            instance.history.append(helpers.new_timer_created_event(action.id, fire_at))
            fired = helpers.new_timer_fired_event(action.id, fire_at)
            self._plan(max(fire_at, self.now), lambda: self._arrive(instance, fired))
        elif kind == "sendEvent":
            sent = action.sendEvent
            target = sent.instance.instanceId
            instance.history.append(helpers.new_event_sent_event(action.id, target, sent.data.value, name=sent.name))
            self.raise_event(target, sent.name, json.loads(sent.data.value))
        elif kind == "createSubOrchestration":
            child = action.createSubOrchestration
            created = helpers.new_sub_orchestration_created_event(
                action.id, child.name, child.instanceId, child.input.value
            )
            instance.history.append(created)
            begun = self.start(child.name, child.instanceId, json.loads(child.input.value), child.version.value or None)
            begun.parent = (instance, action.id)
        elif kind == "completeOrchestration":
            self._complete(instance, action.completeOrchestration)
        else:
            raise NotImplementedError(kind)

    def _complete(self, instance: Instance, done: pb.CompleteOrchestrationAction) -> None:
        if done.orchestrationStatus != pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW:
            instance.ended = True
            instance.output = json.loads(done.result.value) if done.result.value else None
            if done.orchestrationStatus == pb.ORCHESTRATION_STATUS_FAILED:
                instance.failure = done.failureDetails.errorMessage
            self.dropped += [
                (instance.instance_id, event.eventRaised.name)
                for event in instance.arrived
                if event.HasField("eventRaised")
            ]
            self._report(instance, done)
            return
        instance.generations += 1
        instance.history = []
        started = helpers.new_execution_started_event(instance.name, instance.instance_id, done.result.value)
        instance.arrived = [started, *done.carryoverEvents, *instance.arrived]

    def _report(self, child: Instance, done: pb.CompleteOrchestrationAction) -> None:
        if child.parent is None:
            return
        waiting, task_id = child.parent
        if child.failure is None:
            event = helpers.new_sub_orchestration_completed_event(task_id, done.result.value)
        else:
            event = helpers.new_sub_orchestration_failed_event(task_id, RuntimeError(child.failure))
        if not waiting.ended:
            waiting.arrived.append(event)

    def _perform(self, instance: Instance, task_id: int, name: str, encoded: str) -> None:
        given = json.loads(encoded)
        self.paid_by[name] = given.pop(PAYER_KEY, None)
        self.calls.append((name, given))
        try:
            answer = self.activities[name](given)
        except Exception as error:  # noqa: BLE001 an activity may fail in any way
            answer = error
        if isinstance(answer, Slow):
            slow = answer
            self._plan(self.now + slow.takes, lambda: self._answer(instance, task_id, slow.outcome))
        else:
            self._answer(instance, task_id, answer)

    def _answer(self, instance: Instance, task_id: int, answer: Any) -> None:
        if isinstance(answer, Exception):
            self._arrive(instance, helpers.new_task_failed_event(task_id, answer))
            return
        outcome = answer if isinstance(answer, Answered) else Answered(answer=answer)
        result = json.dumps(outcome.model_dump(mode="json"))
        self._arrive(instance, helpers.new_task_completed_event(task_id, result))

    def _arrive(self, instance: Instance, event: pb.HistoryEvent) -> None:
        """Late arrivals of a generation that is over are dropped, as a runtime does."""
        scheduled = {e.eventId for e in instance.history if e.HasField("taskScheduled") or e.HasField("timerCreated")}
        kind = event.WhichOneof("eventType")
        if kind == "timerFired":
            task_id = event.timerFired.timerId
        elif kind == "taskCompleted":
            task_id = event.taskCompleted.taskScheduledId
        else:
            task_id = event.taskFailed.taskScheduledId
        if task_id in scheduled:
            instance.arrived.append(event)

    def _plan(self, at: datetime, do: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._due, (at, self._order, do))
