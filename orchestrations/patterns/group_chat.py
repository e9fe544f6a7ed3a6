"""Specialists talk a question over; a moderator says who speaks next, and when it is settled."""

from collections.abc import Sequence
from typing import Protocol

from orchestrations.calling import StepFailed, Work
from shared import names
from shared.collaboration import Conclusion, Contribution, Debate, Line, Moderation
from shared.model import Model

ROUNDS = 6
TRANSCRIPT_CHARS = 8_000
MODERATOR = "moderator"


class Think(Protocol):
    """Asks one agent by one durable activity, under a name that people see. Raises StepFailed."""

    def __call__[T: Model](self, name: str, activity: str, data: Model, answer: type[T]) -> Work[T]: ...


def group_chat(opening: Debate, think: Think, rounds: int = ROUNDS) -> Work[Conclusion]:
    """Let the participants speak until the moderator finds it settled, or `rounds` have been.

    A participant that fails is not asked again, and the transcript says so. Raises StepFailed when the
    moderator fails.
    """
    lines = list(opening.transcript)
    able = list(opening.participants)
    spoken = 0
    while True:
        left = rounds - spoken if able else 0
        update = {"participants": tuple(able), "transcript": bounded(lines), "rounds_left": left}
        debate = opening.model_copy(update=update)
        moderated = debate.model_copy(update={"role": MODERATOR})
        ruling = yield from think(f"moderate {spoken + 1}", names.MODERATE, moderated, Moderation)
        if ruling.settled or not left:
            return Conclusion(
                settled=ruling.settled, conclusion=ruling.conclusion, transcript=bounded(lines), rounds=spoken
            )
        speaker = ruling.next_speaker
        if speaker not in able:
            raise StepFailed(names.MODERATE, f"there is no participant {speaker!r}")
        spoken += 1
        asked = debate.model_copy(update={"role": speaker})
        try:
            said = yield from think(f"turn {spoken} {speaker}", names.SPEAK, asked, Contribution)
        except StepFailed as failure:
            able.remove(speaker)
            lines.append(Line(speaker=speaker, text=f"(cannot take part: {failure.why[:200]})"))
        else:
            lines.append(Line(speaker=speaker, text=said.text))


def bounded(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The newest lines that fit: what agents read, and what history holds, stays small."""
    kept: list[Line] = []
    room = TRANSCRIPT_CHARS
    for line in reversed(lines):
        room -= len(line.text)
        if room < 0 and kept:
            break
        kept.append(line)
    return tuple(reversed(kept))
