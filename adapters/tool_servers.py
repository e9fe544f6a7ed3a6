"""Tools of MCP servers through Agent Framework. Whatever such a server says is somebody else's text, and data."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from shared.foreign_text import gives_orders
from shared.loading import loaded
from shared.masking import mask
from shared.tool_servers import Toolbox, ToolServer

FAREWELL_S = 2.0
"""For ending a session politely: the answer is there, and nobody waits for the server any more."""
TRANSPORT_MARGIN_S = 5.0
"""The transport's own deadline is a net under ours: two that end at once leave a torn connection behind."""
ANSWER_BYTES = 2_000_000
"""What one HTTP answer may have before it is read no further."""
DESCRIPTION_CHARS = 1_000
SCHEMA_CHARS = 8_000
ARGUMENT_CHARS = 1_000

log = logging.getLogger("helpdesk.tool_servers")


class McpServers:
    """Implements ToolServers."""

    def __init__(self, servers: Mapping[str, ToolServer], timeout_s: float, output_chars: int):
        self._servers = servers
        self._timeout_s = timeout_s
        self._output_chars = output_chars

    @asynccontextmanager
    async def opened(self, role: str) -> AsyncGenerator[Toolbox]:
        lent = LentTools(self._timeout_s, self._output_chars)
        if (server := self._servers.get(role)) is None:
            yield lent
            return
        await loaded("agent_framework", "mcp.client.streamable_http")
        client = _http_client(self._timeout_s + TRANSPORT_MARGIN_S)
        mcp = _mcp_tool(server, client, self._timeout_s + TRANSPORT_MARGIN_S)
        try:
            await lent.take_from(mcp, server)
            yield lent
        finally:
            if lent.problems:
                await _end(client.aclose)
            await _end(mcp.close)
            await _end(client.aclose)


class LentTools:
    """Implements Toolbox: each tool bounded in time and size, its answer checked; `tool_walls` marks it as data."""

    def __init__(self, timeout_s: float, output_chars: int):
        self.tools: list[Any] = []
        self._problems: dict[str, None] = {}
        self._timeout_s = timeout_s
        self._output_chars = output_chars

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(self._problems)

    async def take_from(self, mcp: Any, server: ToolServer) -> None:
        """Connect, and take the tools that are allowed and look like tools."""
        if not await self._within_time(server.name, "could not be reached", mcp.connect):
            return
        offered = [function for function in mcp.functions if function.name in server.tools]
        self.tools = [self._lent(mcp, server.name, function) for function in offered if _is_plausible(function)]
        if not self.tools:
            self._problem(f"{server.name}: offers none of the allowed tools")

    def _lent(self, mcp: Any, server: str, function: Any) -> Any:
        from agent_framework import FunctionTool

        async def call(**arguments: Any) -> str:
            sent = {name: _outward(value) for name, value in arguments.items()}
            said = await self._within_time(
                server, f"{function.name} failed", lambda: mcp.call_tool(function.name, **sent)
            )
            return self._as_data(server, function.name, said[0]) if said else json.dumps({"error": "no answer"})

        return FunctionTool(
            name=function.name,
            description=function.description[:DESCRIPTION_CHARS],
            func=call,
            input_model=function.parameters(),
        )

    async def _within_time(self, server: str, failing: str, call: Callable[[], Awaitable[Any]]) -> tuple[Any] | None:
        """What it gave, in a tuple; None where it failed, which is noted."""
        from agent_framework.exceptions import ToolException

        try:
            async with asyncio.timeout(self._timeout_s):
                return (await call(),)
        except TimeoutError:
            self._problem(f"{server}: {failing}: no answer within {self._timeout_s:g} s")
        except ToolException as error:
            log.warning("%s: %s: %s", server, failing, str(error)[:300])
            self._problem(f"{server}: {failing}")
        return None

    def _as_data(self, server: str, tool: str, said: str) -> str:
        """With where it comes from. Text that talks to a model is left out, for there is no harmless half."""
        masked, _ = mask(said[: self._output_chars])
        if gives_orders(masked):
            self._problem(f"{server}: {tool} answered with instructions to a model, which were left out")
            return json.dumps({"source": server, "left_out": "it held instructions, not information"})
        told = {"source": server, "cut": len(said) > self._output_chars, "found": masked}
        return json.dumps(told, ensure_ascii=False)

    def _problem(self, what: str) -> None:
        self._problems[what] = None


def _is_plausible(function: Any) -> bool:
    """A description is read by the model too: one that gives orders, or is absurdly large, is no description."""
    schema = json.dumps(function.parameters())
    return len(schema) <= SCHEMA_CHARS and not gives_orders(f"{function.description}\n{schema}")


def _outward(value: Any) -> Any:
    """What leaves the desk in an argument: masked again, and no more than a question needs."""
    return mask(value)[0][:ARGUMENT_CHARS] if isinstance(value, str) else value


def _text_of(result: Any) -> str:
    """An MCP result's words; pictures and attachments are nothing a model should be shown unasked."""
    texts = [item.text for item in result.content if item.type == "text"]
    if not texts and result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False)
    return "\n".join(texts)


def _mcp_tool(server: ToolServer, client: Any, timeout_s: float) -> Any:
    from agent_framework import MCPStreamableHTTPTool

    return MCPStreamableHTTPTool(
        name=server.name,
        url=server.url,
        allowed_tools=server.tools,
        load_prompts=False,
        request_timeout=math.ceil(timeout_s),
        http_client=client,
        static_headers={"Authorization": f"Bearer {server.token}"} if server.token else None,
        parse_tool_results=_text_of,
    )


def _http_client(timeout_s: float) -> Any:
    """Follows no redirect, since a server is where the settings say, keeps no cookie, and reads so much and no more."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, stream: Any):
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            async for chunk in self._stream:
                read += len(chunk)
                if read > ANSWER_BYTES:
                    raise httpx2.ReadError("the answer is too large")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def bound(response: Any) -> None:
        response.stream = Bounded(response.stream)

    return httpx2.AsyncClient(follow_redirects=False, timeout=timeout_s, event_hooks={"response": [bound]})


async def _end(close: Callable[[], Awaitable[None]]) -> None:
    try:
        async with asyncio.timeout(FAREWELL_S):
            await close()
    except Exception as error:  # noqa: BLE001 - there is no good way for this to matter
        log.debug("a session with an MCP server did not end well: %s", type(error).__name__)
