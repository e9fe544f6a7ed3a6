"""Counting votes."""

from collections import Counter
from collections.abc import Mapping

from shared.model import Model
from shared.thinking import Vote


class Tally(Model):
    """What a vote came to; `winner` is None on a tie or without a quorum, and `why` says which."""

    winner: str | None
    share: float
    why: str
    votes: dict[str, Vote]


def majority(votes: Mapping[str, Vote], voters: int) -> Tally:
    """More than half of all `voters` must agree, so that failed voters are tolerated only as a minority."""
    counted = Counter(vote.category for vote in votes.values()).most_common()
    laid_out = ", ".join(f"{name}: {vote.category}" for name, vote in sorted(votes.items()))
    if not counted or counted[0][1] * 2 <= voters:
        return Tally(winner=None, share=0.0, why=f"no majority ({laid_out or 'no vote'})", votes=dict(votes))
    winner, count = counted[0]
    return Tally(winner=winner, share=round(count / voters, 2), why=laid_out, votes=dict(votes))
