"""Puts labelled tickets through the whole desk in this process: the real orchestration over the real agents.

Time is virtual, so that a ticket that waits for a person ends there; what thinks is the provider of the settings.
What would change the world is recorded and not done: no reply is sent, no action applied, nobody notified.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from activities import think
from activities.collaborate import moderate, speak
from activities.recall import recall
from activities.screen import screen
from evaluation.cases import Case
from evaluation.outcome import Outcome
from orchestrations.resolve_ticket import resolve_ticket
from shared import names
from shared.actions import ActionResult
from shared.collaboration import Debate
from shared.desk import EpisodeInput, TicketDocument
from shared.errors import Permanent, Unavailable
from shared.exchanged import Answered, Done, Recall, Reply, ScreenRequest
from shared.facts import UserMemory
from shared.memory import Memory
from shared.model import Model
from shared.settings import read
from shared.support import closing_confidence, unsure
from shared.thinking import Plan, Profile, Question, Recollection, Triage
from shared.tickets import Requester, Ticket
from tests.engine import Engine
from triggers.services import Services

AT_ONCE = 8
REQUESTER = Requester(id="u-1001", email="finance.analyst1@example.com")
UNTIL_A_PERSON = timedelta(minutes=5)
"""Less than the first rung of an escalation, and far more than thinking takes in virtual time."""

THINKING: Mapping[str, tuple[type[Model], Callable[[Any, Any], Awaitable[Model]]]] = {
    names.SCREEN: (ScreenRequest, screen),
    names.RECALL: (Recall, recall),
    names.TRIAGE: (Question, think.triage),
    names.VOTE: (Question, think.vote),
    names.CONSULT: (Question, think.consult),
    names.RESOLVE: (Question, think.resolve),
    names.REVIEW: (Question, think.review),
    names.WEIGH: (Question, think.weigh),
    names.MODERATE: (Debate, moderate),
    names.SPEAK: (Debate, speak),
}


class Evaluated(Services):
    """The desk of the settings without what people told it before: cases must not learn from each other."""

    @property
    def memory(self) -> Memory:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise Unavailable("memory", "an evaluation remembers nobody")

    @property
    def user_memory(self) -> UserMemory:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise Unavailable("memory", "an evaluation remembers nobody")


def desk() -> Evaluated:
    return Evaluated(read(os.environ))


async def run(cases: Sequence[Case], on: Services) -> list[Outcome]:
    """Every case once; repeats come last, when what they repeat is in the archive."""
    gate = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()
    # Not the loop's own threads: the activities need those, and every engine waits for its activities.
    engines = ThreadPoolExecutor(AT_ONCE)

    async def one(case: Case) -> _Run:
        async with gate:
            ticket_run = _Run(case, on, loop)
            await loop.run_in_executor(engines, ticket_run.to_its_end)
            return ticket_run

    repeats = [case for case in cases if case.duplicate_of]
    repeated = {case.duplicate_of for case in repeats}
    first = await _all(one(case) for case in cases if not case.duplicate_of)
    for done in first:
        if done.document is not None and done.case.id in repeated:
            await on.archive.put(done.document)
    second = await _all(one(case) for case in repeats)
    by_case = {done.case.id: done.outcome() for done in (*first, *second)}
    return [by_case[case.id] for case in cases]


async def _all(runs: Iterable[Coroutine[Any, Any, "_Run"]]) -> list["_Run"]:
    """Raises what one raised when all have ended: an engine whose loop is gone would wait for ever."""
    ended = await asyncio.gather(*runs, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]


class _Run:
    """One ticket in an engine of its own. The activities run in `loop`, where the model's clients live."""

    def __init__(self, case: Case, on: Services, loop: asyncio.AbstractEventLoop):
        self.case = case
        self.document: TicketDocument | None = None
        self._desk = on
        self._loop = loop
        self._answers: dict[str, Any] = {}
        self._seconds = 0.0
        self._failure = ""

    def to_its_end(self) -> None:
        """Until it is answered or waits for a person."""
        began = time.monotonic()
        thinking = {name: self._thinks(name) for name in THINKING}
        engine = Engine({names.RESOLVE_TICKET: resolve_ticket}, thinking | self._kept_from_the_world())
        given = EpisodeInput(ticket=self._ticket(engine), policy=self._desk.policy)
        instance = names.ticket_instance(self.case.id, 1)
        ticket = engine.start(names.RESOLVE_TICKET, instance, given.model_dump(mode="json"))
        engine.run(until=UNTIL_A_PERSON)
        self._seconds = time.monotonic() - began
        self._failure = ticket.failure or ""

    def outcome(self) -> Outcome:
        if self.document is None:
            return Outcome(case=self.case.id, seconds=self._seconds, error=self._failure or "nothing was recorded")
        ended, analyst, drafted = self.document, self._last(names.TRIAGE), self._last(names.RESOLVE)
        triage = Triage.model_validate(analyst) if analyst else None
        plan = Plan.model_validate(drafted) if drafted else None
        agreed = _as_agreed(triage, ended)
        why = ended.escalation.reason if ended.escalation else ""
        floor = self._desk.policy.auto_resolve_floor
        recalled = Recollection.model_validate(self._answers.get(names.RECALL) or _NOTHING_RECALLED)
        sections = {(passage.article_id, passage.section): passage for passage in recalled.passages}
        cited = plan.citations if plan else ()
        return Outcome(
            case=self.case.id,
            category=ended.category,
            priority=ended.priority,
            type=triage.type if triage else None,
            route=ended.route,
            status=ended.status,
            analyst=triage.category if triage else None,
            confidence=triage.confidence if triage else None,
            closing=closing_confidence(agreed, plan) if agreed and plan else None,
            held_by_floor=bool(why and agreed and plan and why == unsure(agreed, plan, floor)),
            answer=ended.answer or "",
            cited=tuple(dict.fromkeys(citation.id for citation in cited)),
            quoted=tuple(sections[one.id, one.section] for one in cited if (one.id, one.section) in sections),
            cited_unread=tuple(one.id for one in cited if (one.id, one.section) not in sections),
            actions=tuple(action.kind for action in ended.actions),
            found=tuple(dict.fromkeys(passage.article_id for passage in recalled.passages)),
            similar=tuple(ticket.id for ticket in recalled.similar),
            why_person=why,
            usage=ended.usage,
            seconds=self._seconds,
            error=self._failure,
        )

    def _last(self, step: str) -> Any:
        return self._answers.get(step, _NO_ANSWER)["answer"]

    def _ticket(self, engine: Engine) -> Ticket:
        return Ticket(
            id=self.case.id,
            tenant=self._desk.tenant,
            subject=self.case.subject,
            description=self.case.text,
            requester=REQUESTER,
            created_at=engine.now,
            body_hash="",
        )

    def _thinks(self, name: str) -> Callable[[Any], Any]:
        request, activity = THINKING[name]

        async def think_of(given: Any) -> Any:
            return await activity(request.model_validate(given), self._desk)

        def answer(given: Any) -> Any:
            # What travels beside the input belongs to the edge, which is not here.
            own = {key: value for key, value in given.items() if key in request.model_fields}
            try:
                answered = asyncio.run_coroutine_threadsafe(think_of(own), self._loop).result()
            except Permanent as error:
                return Answered(refused=str(error), usage=error.usage)
            self._answers[name] = answered.model_dump(mode="json")
            return self._answers[name]

        return answer

    def _kept_from_the_world(self) -> dict[str, Callable[[Any], Any]]:
        return {
            names.RECORD: self._record,
            names.NOTIFY: lambda _: Done().model_dump(mode="json"),
            names.REMEMBER: lambda _: Done().model_dump(mode="json"),
            names.REPLY: lambda given: Reply(answer=given["answer"]).model_dump(mode="json"),
            names.APPLY: _not_applied,
        }

    def _record(self, given: Any) -> Any:
        fields = {key: value for key, value in given.items() if key in TicketDocument.model_fields}
        self.document = TicketDocument.model_validate(fields)
        return Done().model_dump(mode="json")


_NO_ANSWER: dict[str, Any] = {"answer": None}
_NOTHING_RECALLED = Recollection(profile=Profile(id=REQUESTER.id, known=False)).model_dump(mode="json")


def _as_agreed(triage: Triage | None, ended: TicketDocument) -> Triage | None:
    """The triage that the plan was made under: after a vote its confidence is what the voters came to."""
    if triage is None or ended.confidence is None:
        return triage
    return triage.model_copy(update={"confidence": ended.confidence})


def _not_applied(given: Any) -> Any:
    kind = given["action"]["kind"]
    return ActionResult(kind=kind, summary="not done: an evaluation changes nothing", changed=False).model_dump(
        mode="json"
    )
