"""Counting votes."""

from collections.abc import Mapping, Sequence
from typing import Literal

from shared.collaboration import Ballot
from shared.model import Model

Rule = Literal["majority", "unanimous", "weighted"]
"""`weighted` lets a vote count as much as its voter is sure."""


class Tally(Model):
    """What a vote came to; `winner` is None on a tie or without a quorum, and `why` says which.

    `quorum` is how many votes had to be cast, `silent` are the voters that failed, were late or abstained.
    """

    winner: str | None
    share: float
    why: str
    counts: dict[str, float]
    ballots: dict[str, Ballot]
    quorum: int
    silent: tuple[str, ...]


def count(
    ballots: Mapping[str, Ballot], voters: Sequence[str], rule: Rule = "majority", quorum: int | None = None
) -> Tally:
    """Decide by the votes cast, if enough were: `quorum` many, without one more than half of all `voters`.

    The quorum says only whether the vote counts; the rule then decides among what was cast. A majority is more than
    half of that, so the most votes among many options may still be none.
    """
    cast = {name: ballot for name, ballot in sorted(ballots.items()) if ballot.choice is not None}
    counts: dict[str, float] = {}
    for ballot in cast.values():
        weight = ballot.confidence if rule == "weighted" else 1.0
        counts[str(ballot.choice)] = round(counts.get(str(ballot.choice), 0.0) + weight, 6)
    total = sum(counts.values())
    leader, most = max(counts.items(), key=lambda pair: pair[1], default=("", 0.0))
    laid_out = ", ".join(f"{name}: {ballot.choice}" for name, ballot in cast.items()) or "no vote"
    needed = len(voters) // 2 + 1 if quorum is None else quorum
    problem = None
    if len(cast) < needed:
        problem = f"no quorum: {len(cast)} of {len(voters)} voted, {needed} must"
    elif rule == "unanimous" and len(counts) > 1:
        problem = "not unanimous"
    elif most * 2 <= total:
        problem = "no majority"
    return Tally(
        winner=None if problem else leader,
        share=0.0 if problem else round(most / total, 2),
        why=f"{problem} ({laid_out})" if problem else laid_out,
        counts=counts,
        ballots=dict(sorted(ballots.items())),
        quorum=needed,
        silent=tuple(name for name in voters if name not in cast),
    )


class ConsensusResult(Model):
    """What a free question came to; `decided_by` is "vote", or the person who decided instead."""

    question: str
    options: tuple[str, ...]
    votes: dict[str, Ballot]
    tally: dict[str, float]
    silent: tuple[str, ...]
    quorum: int
    rule: Rule
    outcome: str
    decided_by: str
    note: str | None = None
    why: str
