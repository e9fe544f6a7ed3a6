"""Work passes from hand to hand, and what was tried travels with it."""

from collections.abc import Callable, Mapping

from orchestrations.calling import Work
from shared.handover import Baton, Handover

MAX_HANDOVERS = 4

type Hand[T] = Callable[[Baton], Work[T | Handover]]
"""Works on it, and returns the result or says who should go on."""


def hand_over[T](hands: Mapping[str, Hand[T]], first: str, last: str, limit: int = MAX_HANDOVERS) -> Work[T]:
    """Go from hand to hand until one has a result; `last` gets what goes round in circles, and must have one.

    A hand-over to nobody known, or one more than `limit`, is refused and goes to `last` with the reason.
    """
    baton = Baton(holder=first)
    while True:
        outcome = yield from hands[baton.holder](baton)
        if not isinstance(outcome, Handover):
            return outcome
        if baton.holder == last:
            raise ValueError(f"{last} must not hand over: {outcome.reason}")
        baton = baton.passed(_checked(outcome, baton, hands, last, limit))


def _checked[T](outcome: Handover, baton: Baton, hands: Mapping[str, Hand[T]], last: str, limit: int) -> Handover:
    why = None
    if outcome.to not in hands or outcome.to == baton.holder:
        why = f"{baton.holder} wanted to hand over to {outcome.to}, which is no other hand"
    elif baton.count >= limit - 1 and outcome.to != last:
        why = f"handed over {baton.count} times without a result"
    return outcome.model_copy(update={"to": last, "reason": f"{why}; {outcome.reason}"}) if why else outcome
