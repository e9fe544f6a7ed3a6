"""The specialists of a complex ticket: asked side by side, and where they disagree they talk it over."""

from collections.abc import Mapping
from datetime import timedelta

from orchestrations.calling import StepFailed, Work, now
from orchestrations.episode import Episode
from orchestrations.patterns.fan_out import Branch, fan_out
from orchestrations.patterns.group_chat import MODERATOR, group_chat
from shared import names
from shared.collaboration import PARTICIPANTS, Debate, Line
from shared.exchanged import Thought
from shared.model import Model
from shared.routing import disagreement
from shared.thinking import Finding, Question

ROUNDS = 4
LINE_CHARS = 1_500


def consult(episode: Episode, question: Question) -> Work[tuple[Finding, ...]]:
    """Ask the specialists; whoever is late or fails is named, and the others count. Raises Interrupted."""
    findings = yield from _ask_all(episode, question)
    found = tuple(findings.values())
    if (why := disagreement(findings)) is None:
        return found
    talked_over = yield from _talk_over(episode, question, findings, why)
    return (*found, talked_over) if talked_over else found


def _ask_all(episode: Episode, question: Question) -> Work[dict[str, Finding]]:
    started_at = now(episode.ctx)
    asked = episode.policy.specialists
    branches = {name: Branch(names.CONSULT, question.model_copy(update={"role": name})) for name in asked}
    deadline = timedelta(seconds=episode.policy.specialist_deadline_s)
    gathered = yield from fan_out(episode.ctx, branches, Thought, deadline, episode.policy)
    for name in asked:
        thought = gathered.results.get(name)
        outcome = f"{name} missing at the deadline" if name in gathered.missing else "done"
        if (error := gathered.errors.get(name)) is not None:
            outcome = f"{name} failed: {error[:200]}"
        episode.note_step(names.CONSULT, started_at, outcome, thought, gathered.spent.get(name))
    episode.degrade(*(f"specialist:{name}" for name in (*gathered.errors, *gathered.missing)))
    episode.listen()
    return {name: Finding.model_validate(thought.answer) for name, thought in gathered.results.items()}


def _talk_over(episode: Episode, question: Question, findings: Mapping[str, Finding], why: str) -> Work[Finding | None]:
    """What the group chat came to, as one more finding; None when it failed, which the ticket shows."""
    asked = "\n".join((question.subject, question.text, *question.messages))
    opening = Debate(
        tenant=episode.ticket.tenant,
        question=f"{asked}\n\nThe specialists disagree about the remedy ({why}). Which one is right here?",
        participants=PARTICIPANTS,
        transcript=tuple(
            Line(speaker=f"{name} specialist", text=found.summary[:LINE_CHARS]) for name, found in findings.items()
        ),
        rounds_left=ROUNDS,
        role=MODERATOR,
    )

    def ask[T: Model](name: str, activity: str, data: Model, answer: type[T]) -> Work[T]:
        thought = yield from episode.step(activity, data, Thought)
        return answer.model_validate(thought.answer)

    try:
        talk = yield from group_chat(opening, ask, ROUNDS)
    except StepFailed:
        episode.degrade("discussion")
        return None
    came_to = "settled" if talk.settled else "not settled"
    summary = f"The specialists disagreed ({why}) and talked it over, {came_to}: {talk.conclusion}"
    return Finding(summary=summary, confidence=0.6 if talk.settled else 0.3)
