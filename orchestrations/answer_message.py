"""One message of a conversation, from its place in the order to its answer.

Each is an instance of its own, so that a crash loses none and a repeat finds its answer. Messages that came while
another was being answered are answered together, by the last of them.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Tally, Work, call, now
from shared import names
from shared.budget import OVER_BUDGET_SIGN, Payer
from shared.conversations import (
    OVER_BUDGET,
    Standing,
    SupportAnswer,
    SupportAsked,
    SupportThought,
    TicketOpened,
    TicketWanted,
    TurnInput,
    TurnKept,
    TurnOutcome,
)
from shared.exchanged import Done, Recall, Screening, ScreenRequest
from shared.handover import told_requester
from shared.masking import restorable, restore
from shared.model import Model
from shared.sessions import KeptSession
from shared.thinking import Question, Recollection, Turn, Usage

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
PATIENCE = timedelta(hours=2)
"""Longer than any turn takes: whoever came before has ended by then, one way or the other."""
HISTORY_ON_TICKET = 6


def answer_message(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TurnInput; returns TurnOutcome."""
    given = TurnInput.model_validate(data)
    payer = Payer(work=given.conversation.thread, requester_id=given.conversation.requester.id)
    given = given.model_copy(update={"policy": given.policy.model_copy(update={"payer": payer})})
    standing = yield from _turn_comes(ctx, given)
    texts = (*standing.texts, given.text)
    if standing.what == "joined":
        yield from _make_room(ctx, given)
        joined = TurnOutcome(
            id=given.message_id,
            thread=given.conversation.thread,
            status="joined",
            joined_by=standing.joined_by,
            texts=texts,
        )
        return joined.model_dump(mode="json")
    ctx.set_custom_status(names.ANSWERING)
    outcome = yield from _Answering(ctx, given, "\n\n".join(texts)).outcome()
    return outcome.model_dump(mode="json")


def _turn_comes(ctx: OrchestrationContext, given: TurnInput) -> Work[Standing]:
    ends_at, pause_s = now(ctx) + PATIENCE, FIRST_PAUSE_S
    while now(ctx) < ends_at:
        try:
            standing = yield from call(ctx, names.TAKE_TURN, given, Standing, given.policy)
        except StepFailed:
            break
        if standing.what != "wait":
            return standing
        yield ctx.create_timer(timedelta(seconds=pause_s))
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
    return Standing(what="go")


def _make_room(ctx: OrchestrationContext, given: TurnInput) -> Work[None]:
    """Where that fails the place expires by itself."""
    with suppress(StepFailed):
        yield from call(ctx, names.KEEP_TURN, _kept(given), Done, given.policy)


def _kept(given: TurnInput, *turns: Turn) -> TurnKept:
    return TurnKept(conversation=given.conversation, message_id=given.message_id, turns=turns)


class _Answering:
    """A turn in hand: what it cost so far, and what was missing."""

    def __init__(self, ctx: OrchestrationContext, given: TurnInput, text: str):
        self._ctx = ctx
        self._given = given
        self._text = text
        self._usage = Usage()
        self._degraded: tuple[str, ...] = ()
        self._recollection: Recollection | None = None
        self._session: KeptSession | None = None

    def outcome(self) -> Work[TurnOutcome]:
        """Screen, recall, ask; then keep what was said. A step that fails for good opens a ticket: nothing is lost."""
        try:
            outcome = yield from self._answer()
        except StepFailed as failure:
            self._usage += failure.usage or Usage()
            if failure.why.startswith(OVER_BUDGET_SIGN):
                outcome = self._told("over_budget", OVER_BUDGET.get(self._language, OVER_BUDGET["en"]))
            else:
                outcome = yield from self._hand_over(told_requester(self._language))
        yield from self._keep(outcome)
        return outcome.model_copy(update={"usage": self._usage, "degraded": self._degraded})

    def _answer(self) -> Work[TurnOutcome]:
        screening = yield from self._call(names.SCREEN, ScreenRequest(subject="", text=self._text), Screening)
        if screening.verdict == "unsafe":
            return (yield from self._hand_over(told_requester(self._language)))
        conversation = self._given.conversation
        recall = Recall(
            tenant=conversation.tenant,
            ticket_id=conversation.thread,
            thread=conversation.thread,
            requester=conversation.requester,
            text=screening.text,
        )
        self._recollection = recollection = yield from self._call(names.RECALL, recall, Recollection)
        self._degrade(*screening.degraded, *recollection.degraded)
        question = Question(
            ticket_id=conversation.thread,
            subject="",
            text=screening.text,
            requester_id=conversation.requester.id,
            recollection=recollection,
        )
        asked = SupportAsked(conversation=conversation, question=question)
        thought = yield from self._call(names.ANSWER_REQUESTER, asked, SupportThought)
        self._usage += thought.usage
        self._session = thought.session
        self._degrade(*thought.degraded)
        said = SupportAnswer.model_validate(thought.answer)
        if said.outcome == "ticket":
            return (yield from self._hand_over(said.answer or told_requester(self._language), said.subject))
        return self._told("answered", said.answer).model_copy(update={"citations": said.citations})

    def _hand_over(self, told: str, subject: str = "") -> Work[TurnOutcome]:
        """Open a ticket and tell its id. Raises StepFailed when not even that can be done."""
        history = self._recollection.history[-HISTORY_ON_TICKET:] if self._recollection else ()
        wanted = TicketWanted(
            conversation=self._given.conversation,
            message_id=self._given.message_id,
            subject=subject,
            text=self._text,
            history=history,
        )
        opened = yield from self._call(names.OPEN_TICKET, wanted, TicketOpened)
        answer = f"{told}\n\nTicket: {opened.ticket_id}"
        return self._told("handed_over", answer).model_copy(update={"ticket_id": opened.ticket_id})

    def _keep(self, outcome: TurnOutcome) -> Work[None]:
        key = self._given.message_id
        turns = (
            Turn(id=f"{key}:user", role="user", text=self._text),
            Turn(id=f"{key}:assistant", role="assistant", text=outcome.answer),
        )
        kept = _kept(self._given, *turns).model_copy(update={"session": self._session})
        try:
            done = yield from self._call(names.KEEP_TURN, kept, Done)
        except StepFailed:
            self._degrade("redis")
        else:
            self._degrade(*([done.degraded] if done.degraded else []))

    def _degrade(self, *what: str) -> None:
        self._degraded = tuple(dict.fromkeys((*self._degraded, *what)))

    def _told(self, status: Any, answer: str) -> TurnOutcome:
        """With what the requester has just given of their own put back into the answer."""
        return TurnOutcome(
            id=self._given.message_id,
            thread=self._given.conversation.thread,
            status=status,
            answer=restore(answer, restorable((self._text,))),
        )

    @property
    def _language(self) -> str:
        return (self._recollection.profile.language if self._recollection else None) or "en"

    def _call[T: Model](self, step: str, data: Any, answer: type[T]) -> Work[T]:
        tally = Tally()
        answered = yield from call(self._ctx, step, data, answer, self._given.policy, tally)
        self._usage += tally.aside or Usage()
        return answered
