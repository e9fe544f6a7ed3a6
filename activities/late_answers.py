"""One branch of a fan-out within its deadline: what comes later changes nothing, but is left with what it cost."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from shared.deadline import Deadline
from shared.errors import DeskError
from shared.exchanged import Answered
from shared.ports import Desk

log = logging.getLogger("helpdesk.activities")


async def in_time(given: Any, work: Callable[[], Awaitable[Answered]], desk: Desk) -> Answered:
    """Do the work unless its deadline, `given` as it travelled or None, has passed; keep an answer that may be late."""
    if given is None:
        return await work()
    deadline = Deadline.model_validate(given)
    if deadline.is_over:
        return Answered(refused="the deadline had passed before it could begin")
    outcome = await work()
    if deadline.may_be_over:
        await _keep(outcome, deadline, desk)
    return outcome


async def _keep(outcome: Answered, deadline: Deadline, desk: Desk) -> None:
    try:
        await desk.artifacts.write(deadline.kept_at, outcome.model_dump_json(exclude_defaults=True).encode())
    except DeskError as error:
        log.warning("a late answer could not be kept in %s: %s", deadline.kept_at, error)
