"""Tools that somebody else runs, lent to an agent for one question over MCP."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from pydantic import Field

from shared.model import Model


class ToolServer(Model):
    """Where a server is, and the only tools of it that an agent may call."""

    name: str
    url: str
    tools: tuple[str, ...]
    token: str | None = Field(default=None, repr=False)


class Toolbox(Protocol):
    """What a server lends: nothing where it is not there."""

    @property
    def tools(self) -> Sequence[Any]:
        """As Agent Framework knows them; what they return is marked as data, checked and bounded."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far, in words for the ticket; an agent goes on without."""
        ...


class ToolServers(Protocol):
    """The servers by the role of the agent that may use them."""

    def opened(self, role: str) -> AbstractAsyncContextManager[Toolbox]:
        """A connection for one question, so that a changed list of tools is seen. Never raises for a bad server."""
        ...


def degraded_name(role: str) -> str:
    """How a ticket or task names that the role's server could not be used as it should."""
    return f"mcp:{role}"
