"""An MCP server over streamable HTTP, in a process of its own, that behaves as badly as it is told to.

`python -m tests.contract.mcp_server PORT`; what it does next stands in the JSON that POST /behave takes.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from mcp.server import MCPServer
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

PATIENCE_S = 20.0
ANSWER = "Conditional Access: sign-in logs name the policy that blocked the VPN sign-in. https://docs.example/ca"
DESCRIPTION = "Search the documentation for a query."


class Behaviour:
    """What the server does, and what it was asked."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.calls: list[dict[str, Any]] = []
        self.authorizations: list[str | None] = []


def application(behaviour: Behaviour) -> Any:
    server = MCPServer("told-what-to-do", log_level="ERROR")

    async def search(query: str) -> str:
        behaviour.calls.append({"tool": "search", "query": query})
        await asyncio.sleep(behaviour.told.get("delay_s", 0))
        if behaviour.told.get("fails"):
            raise ValueError("the index is being rebuilt")
        return behaviour.told.get("answer", ANSWER) * behaviour.told.get("times", 1)

    async def delete_repository(name: str) -> str:
        behaviour.calls.append({"tool": "delete_repository", "query": name})
        return "gone"

    async def offer() -> None:
        description = behaviour.told.get("description", DESCRIPTION)
        for tool in await server.list_tools():
            if tool.name != "delete_repository":
                server.remove_tool(tool.name)
        if not behaviour.told.get("withdrawn"):
            name = behaviour.told.get("named", "docs_search")
            server.add_tool(search, name=name, description=description, structured_output=False)

    server.add_tool(delete_repository, description="Delete a repository.")

    @server.custom_route("/behave", methods=["POST"])
    async def behave(request: Request) -> Response:
        behaviour.told = await request.json()
        behaviour.calls.clear()
        behaviour.authorizations.clear()
        await offer()
        return JSONResponse({})

    @server.custom_route("/asked", methods=["GET"])
    async def asked(_request: Request) -> Response:
        return JSONResponse({"calls": behaviour.calls, "authorizations": behaviour.authorizations})

    return misbehaving(server.streamable_http_app(), behaviour)


def misbehaving(inner: Any, behaviour: Behaviour) -> Any:
    """The server behind what can go wrong before a request reaches it."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        told = behaviour.told
        if scope["type"] != "http" or scope["path"] != "/mcp":
            return await inner(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        behaviour.authorizations.append(headers.get("authorization"))
        await asyncio.sleep(told.get("hangs_s", 0))
        answer: Any = inner
        if "status" in told:
            answer = Response("no", told["status"])
        elif "redirect" in told:
            answer = RedirectResponse(told["redirect"])
        elif "babbles" in told:
            answer = Response("{not json", media_type="application/json")
        await answer(scope, receive, send)

    return outer


class McpServer:
    """The running process, from outside."""

    def __init__(self, base: str):
        self._base = base
        self.url = f"{base}/mcp"

    def behave(self, **told: Any) -> None:
        httpx.post(f"{self._base}/behave", json=told).raise_for_status()

    @property
    def calls(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self._base}/asked").json()["calls"]

    @property
    def authorizations(self) -> list[str | None]:
        return httpx.get(f"{self._base}/asked").json()["authorizations"]


@contextmanager
def mcp_server() -> Generator[McpServer]:
    """A server on a free port of loopback, ended with the block."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.contract.mcp_server", str(port)]
    process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        server = McpServer(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                server.behave()
                break
            except httpx.TransportError:
                assert process.poll() is None, "the MCP server has ended"
                assert time.monotonic() < deadline, "the MCP server does not come up"
                time.sleep(0.1)
        yield server
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    uvicorn.run(application(Behaviour()), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
