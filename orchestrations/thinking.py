"""From a ticket to a proposal: screen, recall, triage, then the route that fits; nothing is changed yet."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from orchestrations.calling import StepFailed, Work, now
from orchestrations.consulting import consult
from orchestrations.episode import Episode
from orchestrations.patterns.consensus import consensus
from orchestrations.patterns.fan_out import Branch
from orchestrations.patterns.handoff import hand_over
from orchestrations.weighing import weigh
from shared import clocks, names
from shared.collaboration import Ballot
from shared.escalations import Advice
from shared.exchanged import Recall, Screening, ScreenRequest, Thought
from shared.handover import Baton, Handover, told_requester
from shared.masking import mask
from shared.priority import priority_of
from shared.risk import needs_person
from shared.routing import route_of
from shared.support import unsupported, unsure
from shared.thinking import Plan, Question, Recollection, Review, Triage, Vote
from shared.tickets import Route

MAX_REVISIONS = 2
ANALYST, RESOLVER, ESCALATOR = "analyst", "resolver", "escalator"
MOST_TITLES = 5
FINDING_CHARS = 300


@dataclass(frozen=True)
class Proposal:
    """What the desk would do. `ask_person` says why it may not decide alone; `plan` is what it suggests.

    `advice` is what voters think of a plan that is dangerous.
    Where the ticket was handed over, `tried` is what was tried before, and `told` what the requester is told.
    """

    route: Route
    plan: Plan | None = None
    ask_person: str | None = None
    tried: tuple[str, ...] = ()
    told: str = ""
    advice: Advice | None = None


def think(episode: Episode) -> Work[Proposal]:
    """Work out what to do. A step that fails for good is no reason to lose a ticket: a person takes it.

    Raises Interrupted when a message came in meanwhile.
    """
    case = _Case(episode)
    hands = {ANALYST: case.analyse, RESOLVER: case.resolve, ESCALATOR: case.escalate}
    proposal = yield from hand_over(hands, first=ANALYST, last=ESCALATOR)
    episode.change(route=proposal.route)
    return replace(proposal, advice=(yield from case.advice_on(proposal)))


class _Case:
    """One ticket on its way from analyst to resolver to escalator."""

    def __init__(self, episode: Episode):
        self._episode = episode
        self._question: Question | None = None
        self._route: Route = "escalated"
        self._plan: Plan | None = None

    def advice_on(self, proposal: Proposal) -> Work[Advice | None]:
        """What voters think, where a person is about to be shown something dangerous; nobody is asked otherwise."""
        plan, requester = proposal.plan, self._episode.ticket.requester
        if self._question is None or plan is None or not self._episode.policy.risk_votes:
            return None
        if needs_person(plan.actions, requester.id, self._question.recollection.catalog) is None:
            return None
        return (yield from weigh(self._episode, self._question.model_copy(update={"draft": plan})))

    def analyse(self, _baton: Baton) -> Work[Proposal | Handover]:
        return (yield from self._unless_a_step_fails(_analyse(self._episode, self._classified)))

    def resolve(self, _baton: Baton) -> Work[Proposal | Handover]:
        assert self._question is not None
        work = _resolve(self._episode, self._question, self._route, self._planned)
        return (yield from self._unless_a_step_fails(work))

    def escalate(self, baton: Baton) -> Work[Proposal | Handover]:
        """A person's turn: says what was tried, and what to tell the requester."""
        yield from ()
        told = baton.told or told_requester(self._episode.document.language)
        return Proposal(self._route, self._plan, ask_person=baton.reason, tried=baton.tried, told=told)

    def _classified(self, question: Question, route: Route) -> None:
        self._question, self._route = question, route

    def _planned(self, plan: Plan) -> None:
        self._plan = plan

    def _unless_a_step_fails(self, work: Work[Proposal | Handover]) -> Work[Proposal | Handover]:
        try:
            return (yield from work)
        except StepFailed as failure:
            self._route, self._plan = "escalated", None
            return Handover(to=ESCALATOR, reason=str(failure), tried=_done_steps(self._episode))


def _done_steps(episode: Episode) -> tuple[str, ...]:
    done = dict.fromkeys(step.name for step in episode.document.steps if step.outcome == "done")
    return (f"got through {', '.join(done)}",) if done else ()


def _analyse(episode: Episode, classified: Callable[[Question, Route], None]) -> Work[Proposal | Handover]:
    screening = yield from episode.step(names.SCREEN, _to_screen(episode), Screening)
    episode.degrade(*screening.degraded)
    if screening.verdict == "unsafe":
        return Proposal("screened_out", ask_person=f"Held back: {'; '.join(screening.reasons)}")
    if any(message.sender == "operator" and not message.internal for message in episode.messages):
        return Proposal("escalated", ask_person="An operator has taken over the conversation")
    recollection = yield from episode.step(names.RECALL, _to_recall(episode, screening), Recollection)
    episode.degrade(*recollection.degraded)
    question = _question(episode, screening, recollection)
    if screening.verdict == "not_a_ticket":
        episode.change(category="not_a_ticket", reasons=screening.reasons)
        return Proposal("not_a_ticket")
    triage, route, why = yield from _triage(episode, question)
    if route == "not_a_ticket":
        return Proposal(route)
    classified(question.model_copy(update={"triage": triage}), route)
    tried = (f"classified as {triage.category}, {why}",)
    if route in ("escalated", "doubtful"):
        return Handover(to=ESCALATOR, reason=why, tried=tried)
    return Handover(to=RESOLVER, reason=why, tried=tried)


def _resolve(
    episode: Episode, question: Question, route: Route, planned: Callable[[Plan], None]
) -> Work[Proposal | Handover]:
    if route == "complex":
        findings = yield from consult(episode, question)
        question = question.model_copy(update={"findings": findings})
    return (yield from _plan(episode, question, route, planned))


def _to_screen(episode: Episode) -> ScreenRequest:
    return ScreenRequest(
        subject=episode.ticket.subject,
        text=episode.ticket.description,
        messages=tuple(message.text for message in episode.messages if not message.internal),
        attachments=tuple(attachment.name for attachment in episode.ticket.attachments),
    )


def _to_recall(episode: Episode, screening: Screening) -> Recall:
    return Recall(
        tenant=episode.ticket.tenant,
        ticket_id=episode.ticket.id,
        thread=episode.thread,
        requester=episode.ticket.requester,
        text="\n".join((screening.subject, screening.text, *screening.messages)),
    )


def _question(episode: Episode, screening: Screening, recollection: Recollection) -> Question:
    return Question(
        ticket_id=episode.ticket.id,
        subject=screening.subject,
        text=screening.text,
        messages=screening.messages,
        requester_id=episode.ticket.requester.id,
        attachments=tuple(mask(attachment.name)[0] for attachment in episode.ticket.attachments),
        recollection=recollection,
        earlier_answer=episode.document.answer,
        episode=episode.number,
    )


def _triage(episode: Episode, question: Question) -> Work[tuple[Triage, Route, str]]:
    """The analyst's view; in doubt the voters decide the category, and where they cannot a person does."""
    thought = yield from episode.step(names.TRIAGE, question, Thought)
    triage = Triage.model_validate(thought.answer)
    route, why = _classify(episode, triage)
    if route != "doubtful":
        return triage, route, why
    started_at = now(episode.ctx)
    voters = {voter: Branch(names.VOTE, question.model_copy(update={"role": voter})) for voter in names.VOTERS}
    tally, gathered = yield from consensus(episode.ctx, voters, _ballot, episode.policy)
    for voter in voters:
        thought = gathered.results.get(voter)
        said = str(thought.answer.get("category")) if thought else f"{voter} had no answer"
        episode.note_step(names.VOTE, started_at, said, thought, gathered.spent.get(voter))
    episode.listen()
    if tally.winner is None:
        return triage, "doubtful", f"{why}; the voters came to {tally.why}"
    agreed: dict[str, Any] = triage.model_dump() | {
        "category": tally.winner,
        "confidence": max(tally.share, episode.policy.confidence_floor),
        "reasons": (*triage.reasons, f"agreed by vote ({tally.why})")[-10:],
    }
    triage = Triage.model_validate(agreed)
    return triage, *_classify(episode, triage)


def _ballot(thought: Thought) -> Ballot:
    vote = Vote.model_validate(thought.answer)
    return Ballot(choice=vote.category, confidence=vote.confidence, why=vote.why[:1_000])


def _classify(episode: Episode, triage: Triage) -> tuple[Route, str]:
    """Priority and route follow from triage by rules; the ticket shows both from here on."""
    priority = priority_of(triage.impact, triage.urgency)
    document = episode.document
    episode.change(
        category=triage.category,
        type=triage.type,
        impact=triage.impact,
        urgency=triage.urgency,
        priority=priority,
        complexity=triage.complexity,
        confidence=triage.confidence,
        language=triage.language,
        reasons=triage.reasons,
        clocks=clocks.retarget(document.clocks, priority, episode.policy.sla),
    )
    return route_of(triage, priority, episode.policy.confidence_floor)


def _plan(
    episode: Episode, question: Question, route: Route, planned: Callable[[Plan], None]
) -> Work[Proposal | Handover]:
    """Draft, review, revise at most twice; then code looks at what the plan would change."""
    tried = _looked_at(question)
    problems: tuple[str, ...] = ()
    for draft in range(1, 2 + MAX_REVISIONS):
        thought = yield from episode.step(names.RESOLVE, question, Thought)
        plan = Plan.model_validate(thought.answer)
        planned(plan)
        if plan.outcome == "escalate":
            return Handover(to=ESCALATOR, reason=plan.reason, tried=tried, told=plan.answer.strip())
        tried += (f"draft {draft}: {plan.reason}",)
        if _repeats_itself(episode, plan):
            why = "The requester came back after the same answer"
            return Handover(to=ESCALATOR, reason=why, tried=tried)
        question = question.model_copy(update={"draft": plan})
        thought = yield from episode.step(names.REVIEW, question, Thought)
        review = Review.model_validate(thought.answer)
        if review.approved:
            known = question.recollection.catalog
            danger = needs_person(plan.actions, episode.ticket.requester.id, known)
            floor = episode.policy.auto_resolve_floor
            assert question.triage is not None
            reason = danger or unsupported(plan) or unsure(question.triage, plan, floor)
            return Proposal(route, plan, ask_person=reason)
        problems = review.problems
        tried += (f"the reviewer refused draft {draft}: {'; '.join(problems)}",)
        question = question.model_copy(update={"problems": problems})
    why = f"The reviewer did not approve: {'; '.join(problems)}"
    return Handover(to=ESCALATOR, reason=why, tried=tried)


def _looked_at(question: Question) -> tuple[str, ...]:
    titles = dict.fromkeys(passage.title for passage in question.recollection.passages)
    read = ", ".join(list(titles)[:MOST_TITLES]) or "nothing that fits"
    found = tuple(f"finding: {finding.summary[:FINDING_CHARS]}" for finding in question.findings)
    return (f"read in the knowledge base: {read}", *found)


def _repeats_itself(episode: Episode, plan: Plan) -> bool:
    """The same passages again for somebody who came back, in this episode or in the one before."""
    told = episode.document
    return (
        told.answer is not None
        and plan.outcome == "answer"
        and not plan.actions
        and bool(plan.citations)
        and plan.citations == told.citations
    )
