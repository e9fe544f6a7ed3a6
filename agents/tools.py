"""What agents may look up while they think. Nothing here changes anything."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from shared.ports import Directory


@lru_cache(maxsize=16)
def read_only_tools(names: tuple[str, ...], directory: Directory) -> tuple[Any, ...]:
    """The named tools as Agent Framework knows them, bound to the directory.

    Kept for the next question: deriving a tool's schema costs more than calling it. Raises KeyError for a
    name that is no tool.
    """
    from agent_framework import tool

    async def lookup_user(
        user_id: Annotated[str, Field(description="directory id of the person, e.g. u-1001", max_length=200)],
    ) -> str:
        """Look a person up: department, groups, devices, and whether the account is locked."""
        profile = await directory.profile(user_id)
        return profile.model_dump_json(exclude_none=True)

    async def service_status(
        name: Annotated[
            str | None, Field(description="part of a service's name or id; leave out for all", max_length=100)
        ] = None,
    ) -> str:
        """Tell the current state of IT services, with notes on known incidents."""
        wanted = (name or "").casefold()
        states = [
            state.model_dump(mode="json", exclude_none=True)
            for state in await directory.services()
            if wanted in state.id.casefold() or wanted in state.name.casefold()
        ]
        return json.dumps(states, ensure_ascii=False)

    known: dict[str, Callable[..., Any]] = {"lookup_user": lookup_user, "service_status": service_status}
    return tuple(tool(known[name]) for name in names)
