"""From a ticket to a proposal: screen, recall, triage, then the route that fits; nothing is changed yet."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from orchestrations.calling import StepFailed, Work, branch, now
from orchestrations.episode import Episode
from orchestrations.patterns.consensus import consensus
from orchestrations.patterns.fan_out import fan_out
from shared import clocks, names
from shared.desk import Recall, Screening, ScreenRequest, Thought
from shared.masking import mask
from shared.priority import priority_of
from shared.risk import needs_person
from shared.routing import route_of
from shared.thinking import Finding, Plan, Question, Recollection, Review, Triage
from shared.tickets import Route

MAX_REVISIONS = 2


@dataclass(frozen=True)
class Proposal:
    """What the desk would do. `ask_person` says why it may not decide alone; `plan` is what it suggests."""

    route: Route
    plan: Plan | None = None
    ask_person: str | None = None


def think(episode: Episode) -> Work[Proposal]:
    """Work out what to do. A step that fails for good is no reason to lose a ticket: a person takes it.

    Raises Interrupted when a message came in meanwhile.
    """
    try:
        proposal = yield from _consider(episode)
    except StepFailed as failure:
        proposal = Proposal("escalated", ask_person=str(failure))
    episode.change(route=proposal.route)
    return proposal


def _consider(episode: Episode) -> Work[Proposal]:
    screening = yield from episode.step(names.SCREEN, _to_screen(episode), Screening)
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
    if route in ("escalated", "doubtful"):
        return Proposal(route, ask_person=why)
    question = question.model_copy(update={"triage": triage})
    if route == "complex":
        findings = yield from _consult(episode, question)
        question = question.model_copy(update={"findings": findings})
    return (yield from _plan(episode, question, route))


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
    earlier = episode.previous.answer if episode.previous else None
    return Question(
        ticket_id=episode.ticket.id,
        subject=screening.subject,
        text=screening.text,
        messages=screening.messages,
        requester_id=episode.ticket.requester.id,
        attachments=tuple(mask(attachment.name)[0] for attachment in episode.ticket.attachments),
        recollection=recollection,
        earlier_answer=earlier,
        episode=episode.number,
        lane="batch" if episode.ticket.batch_id else "interactive",
    )


def _triage(episode: Episode, question: Question) -> Work[tuple[Triage, Route, str]]:
    """The analyst's view; in doubt the voters decide the category, and where they cannot a person does."""
    thought = yield from episode.step(names.TRIAGE, question, Thought)
    triage = Triage.model_validate(thought.answer)
    route, why = _classify(episode, triage)
    if route != "doubtful":
        return triage, route, why
    started_at = now(episode.ctx)
    tally, gathered = yield from consensus(episode.ctx, question, names.VOTERS, episode.policy)
    for thought in gathered.results.values():
        episode.note_step(names.VOTE, started_at, str(thought.answer.get("category")), thought)
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


def _consult(episode: Episode, question: Question) -> Work[tuple[Finding, ...]]:
    """Ask the specialists side by side; whoever is late or fails is named, and the others count."""
    started_at = now(episode.ctx)
    branches = {
        name: branch(episode.ctx, names.CONSULT, question.model_copy(update={"role": name}), episode.policy)
        for name in names.SPECIALISTS
    }
    deadline = timedelta(seconds=episode.policy.specialist_deadline_s)
    gathered = yield from fan_out(episode.ctx, branches, Thought, deadline)
    for name in names.SPECIALISTS:
        thought = gathered.results.get(name)
        late = "missing at the deadline" if name in gathered.missing else "done"
        error = gathered.errors.get(name)
        episode.note_step(names.CONSULT, started_at, f"failed: {error[:200]}" if error else late, thought)
    episode.degrade(*(f"specialist:{name}" for name in (*gathered.errors, *gathered.missing)))
    episode.listen()
    return tuple(Finding.model_validate(thought.answer) for thought in gathered.results.values())


def _plan(episode: Episode, question: Question, route: Route) -> Work[Proposal]:
    """Draft, review, revise at most twice; then code looks at what the plan would change."""
    proposal = Proposal(route)
    problems: tuple[str, ...] = ()
    for _ in range(1 + MAX_REVISIONS):
        thought = yield from episode.step(names.RESOLVE, question, Thought)
        plan = Plan.model_validate(thought.answer)
        proposal = Proposal(route, plan)
        if plan.outcome == "escalate":
            return replace(proposal, ask_person=plan.reason)
        if _repeats_itself(episode, plan):
            return replace(proposal, ask_person="The requester came back after the same answer")
        question = question.model_copy(update={"draft": plan})
        thought = yield from episode.step(names.REVIEW, question, Thought)
        review = Review.model_validate(thought.answer)
        if review.approved:
            reason = needs_person(plan.actions, episode.ticket.requester.id)
            return replace(proposal, ask_person=reason)
        problems = review.problems
        question = question.model_copy(update={"problems": problems})
    return replace(proposal, ask_person=f"The reviewer did not approve: {'; '.join(problems)}")


def _repeats_itself(episode: Episode, plan: Plan) -> bool:
    earlier = episode.previous
    return (
        earlier is not None
        and plan.outcome == "answer"
        and not plan.actions
        and bool(plan.citations)
        and plan.citations == earlier.citations
    )
