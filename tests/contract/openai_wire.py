"""An OpenAI server on loopback that answers as it is told to, well or badly: chat completions, and responses."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

MODEL = "wire-model-2026-01-15"
INPUT_TOKENS = 120
OUTPUT_TOKENS = 30


@dataclass
class Reply:
    """One HTTP answer. `trickle_s` pauses between bytes; `cut` drops the connection instead, `cut_after` so many
    bytes of the body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0.0
    trickle_s: float = 0.0
    cut: bool = False
    cut_after: int = 0


def says(text: str, finish_reason: str = "stop") -> Reply:
    """An assistant's message with usage figures."""
    return Reply(_completion({"role": "assistant", "content": text}, finish_reason))


def answers(**fields: Any) -> Reply:
    return says(json.dumps(fields))


def calls_tool(name: str, /, **arguments: Any) -> Reply:
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"id": f"call_{name}", "type": "function", "function": function}
    return Reply(_completion({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"))


def fails(status: int, code: str = "error", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error": {"message": "no", "code": code, "type": "error"}}, status=status, headers=named)


def _completion(message: dict[str, Any], finish_reason: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }


def in_responses_api(completion: dict[str, Any], identity: str) -> dict[str, Any]:
    """A chat completion as the Responses API would have said it."""
    (choice,) = completion["choices"]
    message = choice["message"]
    output: list[dict[str, Any]] = [
        {
            "type": "function_call", "id": f"fc_{call['id']}", "call_id": call["id"], "status": "completed",
            "name": call["function"]["name"], "arguments": call["function"]["arguments"],
        }
        for call in message.get("tool_calls") or ()
    ]  # fmt: skip
    if message["content"] is not None:
        text: dict[str, Any] = {"type": "output_text", "text": message["content"], "annotations": []}
        output.append(
            {"type": "message", "id": f"msg_{identity}", "role": "assistant", "status": "completed", "content": [text]}
        )
    cut_by = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(choice["finish_reason"])
    usage = completion["usage"]
    return {
        "id": identity, "object": "response", "created_at": completion["created"], "model": completion["model"],
        "status": "incomplete" if cut_by else "completed", "output": output, "metadata": {},
        "incomplete_details": {"reason": cut_by} if cut_by else None, "error": None, "instructions": None,
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "temperature": 1.0, "top_p": 1.0,
        "usage": {
            "input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"], "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }  # fmt: skip


class OpenAIWire:
    """Gives its replies in order, the last one for ever; keeps the requests it got."""

    def __init__(self) -> None:
        self.replies: Sequence[Reply] = ()
        self.requests: list[dict[str, Any]] = []
        self.url = ""
        self.kept: dict[str, str | None] = {}
        """The responses that the Responses API has stored, each with the one that it went on from."""
        self.deleted: list[str] = []
        self.refuses_to_delete = 0
        """The status that whoever wants something deleted is answered with, 0 for none."""

    async def complete(self, request: web.Request) -> web.StreamResponse:
        return await self._answered(request, self._next(await request.json()))

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """The same replies in the words of the Responses API; 404 for one that goes on from what is not kept."""
        body = await request.json()
        reply = self._next(body)
        before = body.get("previous_response_id")
        if before is not None and before not in self.kept:
            return await self._answered(request, fails(404, "previous_response_not_found"))
        if reply.status != 200:
            return await self._answered(request, reply)
        identity = f"resp_{len(self.requests)}"
        if body.get("store"):
            self.kept[identity] = before
        return await self._answered(request, replace(reply, body=in_responses_api(reply.body, identity)))

    async def kept_response(self, request: web.Request) -> web.StreamResponse:
        """GET and DELETE of one that is stored."""
        identity = request.match_info["id"]
        if identity not in self.kept:
            return await self._answered(request, fails(404))
        if request.method == "DELETE":
            if self.refuses_to_delete:
                return await self._answered(request, fails(self.refuses_to_delete))
            del self.kept[identity]
            self.deleted.append(identity)
            return web.json_response({"id": identity, "object": "response", "deleted": True})
        return web.json_response({"id": identity, "object": "response", "previous_response_id": self.kept[identity]})

    def _next(self, body: dict[str, Any]) -> Reply:
        self.requests.append(body)
        return self.replies[min(len(self.requests), len(self.replies)) - 1]

    async def _answered(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        await asyncio.sleep(reply.delay_s)
        if reply.cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        if reply.cut_after:
            return await self._cut_short(request, body.encode(), reply.cut_after)
        if reply.trickle_s:
            return await self._trickle(request, body, reply.trickle_s)
        return web.Response(text=body, status=reply.status, headers=reply.headers, content_type="application/json")

    async def _cut_short(self, request: web.Request, body: bytes, after: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[:after])
        assert request.transport is not None
        request.transport.close()
        return response

    async def _trickle(self, request: web.Request, body: str, pause_s: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for byte in body.encode():
            await response.write(bytes([byte]))
            await asyncio.sleep(pause_s)
        return response


@asynccontextmanager
async def openai_wire() -> AsyncGenerator[OpenAIWire]:
    """A running server on a free port of loopback."""
    wire = OpenAIWire()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", wire.complete)
    for path in ("/v1/responses", "/openai/v1/responses"):
        app.router.add_post(path, wire.respond)
        app.router.add_get(f"{path}/{{id}}", wire.kept_response)
        app.router.add_delete(f"{path}/{{id}}", wire.kept_response)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield wire
    finally:
        await runner.cleanup()
