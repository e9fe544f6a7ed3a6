"""A task in hand: the steps done so far, what they cost, and the few verbs every workflow needs."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

from durabletask.task import OrchestrationContext, when_any

from orchestrations.calling import StepFailed, Tally, Work, call, now
from orchestrations.inbox import Inbox
from shared import names
from shared.errors import DeskError
from shared.events import Notification
from shared.exchanged import Done, Screening, ScreenRequest, Thought
from shared.model import Model, texts_in
from shared.task_results import needs_blob, result_path, shown, stored
from shared.tasks import (
    AskedPerson,
    LetThrough,
    Stored,
    TaskDecision,
    TaskGivenUp,
    TaskInput,
    TaskRecord,
    TaskState,
    TaskStatus,
    TaskStep,
    ToStore,
)
from shared.thinking import Usage

DECIDING_TEAM = "service-desk"
SCREENED, GO_ON, REFUSE = "screen", "go on", "refuse"


class RefusedByPerson(DeskError):
    """A person decided that the task is not to be done."""


class Task:
    """One run of a task, derived from input and history alone, so that replay rebuilds it.

    `steps` are the names that people see from the start; others may be noted as they come.
    """

    def __init__(self, ctx: OrchestrationContext, given: TaskInput, steps: Sequence[str] = ()):
        self.ctx = ctx
        self.given = given
        self.policy = given.policy.model_copy(update={"payer": given.payer})
        self.began_at = now(ctx)
        """Since when agents may work on it: deadlines count from here."""
        self.tally = Tally()
        self._done = {step.name: step for step in given.done}
        self._decisions: Inbox[TaskDecision] | None = None
        self._asked = 0
        self.state = TaskState(
            id=given.task_id,
            type=given.type,
            status="pending",
            steps=tuple(({name: TaskStep(name=name) for name in steps} | self._done).values()),
            created_at=given.created_at,
            updated_at=now(ctx),
        )

    def step[T: Model](self, name: str, activity: str, data: Model, answer: type[T]) -> Work[T]:
        """Do one step and keep its result; one that was done before is not done again. Raises StepFailed."""
        return (
            yield from self._once(name, answer, lambda: call(self.ctx, activity, data, answer, self.policy, self.tally))
        )

    def think[T: Model](self, name: str, activity: str, data: Model, answer: type[T]) -> Work[T]:
        """A step that asks one agent, so the activity hands back a Thought. Raises StepFailed."""

        def ask() -> Work[T]:
            try:
                thought = yield from call(self.ctx, activity, data, Thought, self.policy, self.tally)
            except StepFailed as failure:
                self.spend(failure.usage or Usage())
                raise
            self.spend(thought.usage)
            self.degrade(*thought.degraded)
            return answer.model_validate(thought.answer)

        return (yield from self._once(name, answer, ask))

    def was_done(self, name: str) -> bool:
        """Whether a step was done before the task was taken up again."""
        return name in self._done

    def spend(self, *usage: Usage) -> None:
        self._change(usage=sum(usage, start=self.state.usage))

    def degrade(self, *what: str) -> None:
        self._change(degraded=tuple(dict.fromkeys((*self.state.degraded, *what))))

    def note(self, name: str, result: Model | None = None, error: str | None = None) -> Work[None]:
        """Show that a step is over, with its result or why there is none; a large result goes to a blob."""
        kept = None if result is None else (yield from self.kept(name, result))
        over = TaskStep(name=name, completed_at=now(self.ctx), result=kept, error=error)
        others = [step.name for step in self.state.steps]
        if name in others:
            steps = tuple(over if step.name == name else step for step in self.state.steps)
        else:
            steps = (*self.state.steps, over)
        self._change(steps=steps)
        if not self.show(self.state.status):
            yield from self.record()

    def show(self, status: TaskStatus, **fields: Any) -> bool:
        """Show where the task stands; False when custom status has no room for all of it."""
        self._change(status=status, updated_at=now(self.ctx), **fields)
        status_shown, is_whole = shown(self.state)
        self.ctx.set_custom_status(status_shown)
        return is_whole

    def record(self) -> Work[None]:
        """Write the whole state to the archive, which may be down: the next record brings it up to date."""
        record = TaskRecord(tenant=self.given.tenant, state=self.state, instance_id=self.ctx.instance_id)
        try:
            yield from call(self.ctx, names.RECORD_TASK, record, Done, self.policy)
        except StepFailed:
            self.degrade("archive")

    def ask_person(self, question: str, choices: Sequence[str], laid_out: Any = None) -> Work[TaskDecision]:
        """Wait, shown as such, until a person chooses; up the ladder of rungs, then with reminders for ever."""
        asked_at = now(self.ctx)
        due_at = asked_at + timedelta(seconds=sum(self.policy.rungs_s))
        self._asked += 1
        asks = AskedPerson(
            id=str(self._asked), question=question, choices=tuple(choices), laid_out=laid_out,
            asked_at=asked_at, due_at=due_at,
        )  # fmt: skip
        for count, (event, wait_s) in enumerate(self._ladder(), start=1):
            if event in ("escalated", "breached"):
                asks = asks.model_copy(update={"breached": event == "breached"})
                self.show("waiting", asks=asks)
                yield from self.record()
            yield from self._notify(event, question, f"{asks.id}.{count}")
            decision = yield from self._decision(asks, timedelta(seconds=wait_s))
            if decision is not None:
                self.show("running", asks=None)
                return decision
        raise AssertionError("the ladder has no end")

    def _once[T: Model](self, name: str, answer: type[T], work: Callable[[], Work[T]]) -> Work[T]:
        if (done := self._done.get(name)) is not None:
            return answer.model_validate((yield from self._opened(done)))
        try:
            result = yield from work()
        except StepFailed as failure:
            yield from self.note(name, error=failure.why)
            raise StepFailed(name, failure.why, failure.attempts) from failure
        yield from self.note(name, result)
        return result

    def kept(self, name: str, result: Model) -> Work[Any]:
        """The result as it is carried: itself, or where it was put because it is large."""
        content = result.model_dump(mode="json")
        if not (size_bytes := needs_blob(content)):
            return content
        blob = result_path(self.ctx.instance_id, name)
        to_store = ToStore(blob=blob, size_bytes=size_bytes, content=content)
        there = yield from call(self.ctx, names.STORE_RESULT, to_store, Stored, self.policy)
        return there.model_dump(mode="json")

    def _opened(self, done: TaskStep) -> Work[Any]:
        there = stored(done.result)
        if there is None:
            return done.result
        fetched = yield from call(self.ctx, names.FETCH_RESULT, there, ToStore, self.policy)
        return fetched.content

    def _ladder(self) -> Iterator[tuple[Any, float]]:
        """What to tell people, and how long to wait after it."""
        first, *rest = self.policy.rungs_s
        reminder_s = self.policy.reminder_s
        rungs = [("escalated", first), *(("rung", wait_s) for wait_s in rest), ("breached", reminder_s)]
        return chain(rungs, repeat(("reminder", reminder_s)))

    def _decision(self, asks: AskedPerson, patience: timedelta) -> Work[TaskDecision | None]:
        """The first choice that is one, or None when patience is over."""
        if self._decisions is None:
            self._decisions = Inbox(self.ctx, names.INBOX_EVENT, TaskDecision)
        timer = self.ctx.create_timer(patience)
        while True:
            for decision in self._decisions.drain():
                if decision.asked == asks.id and decision.decision in asks.choices:
                    if not timer.is_complete:
                        timer.cancel()
                    return decision
            if timer.is_complete:
                return None
            yield when_any([self._decisions.waiting, timer])

    def _notify(self, event: Any, question: str, number: str) -> Work[None]:
        notification = Notification(
            id=f"{self.ctx.instance_id}:{number}",
            event=event,
            ticket_id=self.given.task_id,
            subject=f"Task {self.given.task_id} ({self.given.type})",
            to=DECIDING_TEAM,
            text=question,
            at=now(self.ctx),
        )
        try:
            yield from call(self.ctx, names.NOTIFY, notification, Done, self.policy)
        except StepFailed:
            self.degrade("notifications")

    def _change(self, **fields: Any) -> None:
        self.state = self.state.model_copy(update=fields)


def carry_out(
    ctx: OrchestrationContext,
    data: Any,
    work: Callable[[Task], Work[Model]],
    steps: Sequence[str] = (),
    *,
    is_screened: bool = True,
) -> Work[dict[str, Any]]:
    """The frame of every workflow: input TaskInput; returns the TaskState that the task ended with.

    Without `is_screened` the work itself sees to it that no agent reads what gives orders to agents.

    A step that is over without an answer ends the task as failed, and a dead letter tells of it. What a person
    refused is failed too, and nothing to be tried again.
    """
    task = Task(ctx, TaskInput.model_validate(data), steps)
    task.show("running")
    yield from task.record()
    try:
        if is_screened:
            yield from _let_through(task)
        result = yield from work(task)
        kept = yield from task.kept("result", result)
    except RefusedByPerson as refusal:
        task.show("failed", error=str(refusal))
    except StepFailed as failure:
        yield from _give_up(task, failure)
    else:
        task.show("completed", result=kept)
    yield from task.record()
    return task.state.model_dump(mode="json")


def _let_through(task: Task) -> Work[None]:
    """Before any agent reads it, a text that gives orders to agents is laid before a person.

    One that was let through is not asked about again when the task is taken up. Raises RefusedByPerson.
    """
    if task.was_done(SCREENED):
        return
    asked = ScreenRequest(place="the request", text="\n".join(texts_in(task.given.request)))
    screening = yield from call(task.ctx, names.SCREEN, asked, Screening, task.policy)
    if screening.verdict != "unsafe":
        return
    why = "; ".join(screening.reasons)
    question = f"Held back before any agent saw it: {why}. Is the task to be done?"
    word = yield from task.ask_person(question, (GO_ON, REFUSE), {"text": screening.text})
    if word.decision == REFUSE:
        raise RefusedByPerson(": ".join(filter(None, (f"{why}; refused by {word.by}", word.note))))
    yield from task.note(SCREENED, LetThrough(why=why, by=word.by, note=word.note))
    task.began_at = now(task.ctx)


def _give_up(task: Task, failure: StepFailed) -> Work[None]:
    """Raises StepFailed when not even the dead letter could be written: then the instance itself is the sign."""
    task.show("failed", error=str(failure))
    done = tuple(step for step in task.state.steps if step.completed_at is not None and step.error is None)
    given_up = TaskGivenUp(
        instance_id=task.ctx.instance_id,
        given=task.given.model_copy(update={"done": done}),
        step=failure.step,
        why=failure.why,
        attempts=failure.attempts,
        at=now(task.ctx),
    )
    yield from call(task.ctx, names.GIVE_UP_TASK, given_up, Done, task.policy)
