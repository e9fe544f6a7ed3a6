"""Registers every orchestration and activity with the Durable runtime."""

import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, get_type_hints

import azure.durable_functions as df
import azure.functions as func

from activities.late_answers import in_time
from orchestrations.answer_message import answer_message
from orchestrations.consensus_task import consensus
from orchestrations.create_content import create_content
from orchestrations.delegation import delegation, manage_part
from orchestrations.deliver_message import deliver_message
from orchestrations.discussion import discussion
from orchestrations.erase_requester import erase_requester
from orchestrations.learn_requester import learn_requester
from orchestrations.process_batch import process_batch
from orchestrations.research import research
from orchestrations.resolve_ticket import resolve_ticket
from orchestrations.task_control import deliver_cancellation, deliver_decision
from orchestrations.versions import earlier_paths, in_versions
from orchestrations.watch import watch
from shared import names
from shared.budget import PAYER_KEY, Bill, Payer, paid_by
from shared.correlation import CORRELATION_KEY, LANE_KEY, following
from shared.deadline import DEADLINE_KEY
from shared.errors import DeskError, HeldBack, Permanent, Transient
from shared.exchanged import Answered
from shared.model import Model
from triggers.services import durable_client, services, with_client
from triggers.steps import attempting
from triggers.telemetry import exporting

BESIDE = frozenset([CORRELATION_KEY, LANE_KEY, DEADLINE_KEY, PAYER_KEY])
"""What travels with an activity's input without being of it."""

type Activity = Callable[[Any, Any], Awaitable[Model]]

STEPS = (
    names.SCREEN, names.RECALL, names.APPLY, names.REPLY, names.REMEMBER, names.RECORD, names.NOTIFY,
)  # fmt: skip
THINKING_STEPS = (names.TRIAGE, names.VOTE, names.CONSULT, names.RESOLVE, names.REVIEW, names.WEIGH)

COLLABORATING_STEPS = (
    names.INVESTIGATE, names.SUMMARISE, names.CAST_BALLOT, names.MODERATE, names.SPEAK,
    names.PLAN_GOAL, names.ASSIGN_DUTIES, names.DO_DUTY,
)  # fmt: skip
TASKS = (
    create_content,
    research,
    consensus,
    discussion,
    delegation,
    manage_part,
    learn_requester,
    erase_requester,
    watch,
)

DELIVERIES = (deliver_message, deliver_decision, deliver_cancellation)

ORCHESTRATIONS = tuple(
    in_versions(newest, earlier_paths(newest.__name__))
    for newest in (resolve_ticket, process_batch, answer_message, *DELIVERIES, *TASKS)
)

bp = df.Blueprint()
log = logging.getLogger("helpdesk.activities")

for orchestration in ORCHESTRATIONS:
    bp.orchestration_trigger(context_name="context", orchestration=orchestration.__name__)(orchestration)


async def run(load: Callable[[], Activity], given: dict[str, Any], context: func.Context) -> Any:
    """The edge between the wire and the core: plain JSON outside, models and ports inside.

    A permanent failure is an outcome, for the orchestration to act on; so is the other side's wish to be
    left alone for a while. Anything else raises, and the orchestration tries again.
    """
    activity = load()
    fields = {name: value for name, value in given.items() if name not in BESIDE}
    payer = Payer.model_validate(given.get(PAYER_KEY) or {})
    exporting()
    with (
        following(given.get(CORRELATION_KEY), lane=given.get(LANE_KEY)),
        paid_by(payer) as bill,
        attempting(activity.__name__, context) as attempt,
    ):
        outcome = await in_time(given.get(DEADLINE_KEY), lambda: _outcome(activity, fields, bill), services())
        attempt.answered(outcome)
        log.info("%s %s", activity.__name__, outcome.refused or outcome.error or "done")
    return outcome.model_dump(mode="json")


@cache
def _request_model(activity: Activity) -> type[Model]:
    """What the activity takes. To work it out takes longer than all else that an activity costs at this edge."""
    return get_type_hints(activity)[next(iter(activity.__annotations__))]


async def _outcome(activity: Activity, given: Any, bill: Bill) -> Answered:
    request = _request_model(activity).model_validate(given)
    try:
        answer = await activity(request, services())
    except Permanent as error:
        _bill_failure(error, bill)
        return Answered(refused=str(error), usage=bill.usage)
    except Transient as error:
        _bill_failure(error, bill)
        if error.retry_after_s is None and bill.usage is None:
            raise
        held_back = isinstance(error, HeldBack)
        return Answered(error=str(error), retry_after_s=error.retry_after_s, held_back=held_back, usage=bill.usage)
    except Exception as error:
        log.error("%s failed: %s: %s", activity.__name__, type(error).__name__, error)
        raise
    return Answered(answer=answer.model_dump(mode="json"), usage=bill.usage)


def _bill_failure(error: DeskError, bill: Bill) -> None:
    if error.usage is not None:
        bill.add(error.usage)


def _register(name: str, load: Callable[[], Activity]) -> None:
    """An activity is imported when it first runs, with what it needs."""

    async def activity(given: Any, *, context: func.Context) -> Any:
        return await run(load, given, context)

    activity.__name__ = name
    bp.activity_trigger(input_name="given", activity=name)(activity)


def _register_with_client(name: str, load: Callable[[], Activity]) -> None:
    """For the activities that start or tell other instances."""

    async def activity(given: Any, client: str, *, context: func.Context) -> Any:
        with with_client(client):
            return await run(load, given, context)

    activity.__name__ = name
    durable_client(bp)(
        bp.activity_trigger(input_name="given", activity=name)(activity)  # pyright: ignore[reportArgumentType]
    )


def _from(module: str, function: str | None = None) -> Callable[[], Activity]:
    def load() -> Activity:
        from importlib import import_module

        loaded = import_module(f"activities.{module}")
        found: Activity = getattr(loaded, function or module)
        return found

    return load


for step in (
    names.SCREEN,
    names.RECALL,
    names.APPLY,
    names.REPLY,
    names.REMEMBER,
    names.RECORD,
    names.NOTIFY,
):
    _register(step, _from(step))
for step in THINKING_STEPS:
    _register(step, _from("think", step))
for step in COLLABORATING_STEPS:
    _register(step, _from("collaborate", step))
for step in (names.RECORD_TASK, names.STORE_RESULT, names.FETCH_RESULT, names.GIVE_UP_TASK):
    _register(step, _from("tasks", step))
for step in (names.RESEARCH_TOPIC, names.WRITE_ARTICLE, names.EDIT_ARTICLE, names.PUBLISH_ARTICLE):
    _register(step, _from("content", step))
for step in (names.CATCH_UP, names.EXTRACT_FACTS, names.KEEP_FACTS, names.SUMMARISE_THREAD):
    _register(step, _from("learning", step))
for step in (names.FIND_TRACES, names.END_RUNNING, names.ERASE_FROM):
    _register_with_client(step, _from("erasure", step))
for step in (names.TELL_TASK, names.END_TASK):
    _register_with_client(step, _from("task_control", step))
_register(names.OPEN_BATCH, _from("batches", names.OPEN_BATCH))
_register_with_client(names.START_TICKETS, _from("batches", names.START_TICKETS))
_register_with_client(names.POLL_TICKETS, _from("batches", names.POLL_TICKETS))
_register_with_client(names.HAND_OVER_MESSAGE, _from(names.HAND_OVER_MESSAGE))
_register(names.ANSWER_REQUESTER, _from("support", names.ANSWER_REQUESTER))
_register_with_client(names.KEEP_TURN, _from("converse", names.KEEP_TURN))
_register_with_client(names.TAKE_TURN, _from("converse", names.TAKE_TURN))
_register_with_client(names.OPEN_TICKET, _from("converse", names.OPEN_TICKET))
_register(names.DO_CREW_TASK, _from("watch_crew", names.DO_CREW_TASK))
_register_with_client(names.FINISH_CYCLE, _from("watch_cycles", names.FINISH_CYCLE))
_register(names.TELL_OF_CYCLE, _from("watch_telling", names.TELL_OF_CYCLE))
_register_with_client(names.BEGIN_CYCLE, _from("watch_cycles", names.BEGIN_CYCLE))
