"""A model for a whole desk that goes wrong in the way that a ticket's subject names, while it is triaged."""

import json
from typing import Any

from aiohttp import web

from shared.untrusted import unmarked
from tests.stack.model import Model


class FaultyModel(Model):
    """`requests` are all bodies that came, in order; one without a fault in its subject is answered well."""

    def __init__(self, **answers: Any):
        super().__init__(**answers)
        self.requests: list[dict[str, Any]] = []

    async def complete(self, request: web.Request) -> web.StreamResponse:  # pyright: ignore[reportIncompatibleMethodOverride]
        body = await request.json()
        self.requests.append(body)
        user = next(message for message in body["messages"] if message["role"] == "user")
        _, _, fault = str(json.loads(unmarked(user["content"])).get("subject", "")).partition("fault: ")
        if not fault or body["response_format"]["json_schema"]["name"] != "Triage":
            return await super().complete(request)
        return await _faulty(fault, request)

    def asked_about(self, subject: str) -> list[dict[str, Any]]:
        return [body for body in self.requests if subject in json.dumps(body["messages"])]


async def _faulty(fault: str, request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    if fault == "cut connection":
        request.transport.abort()
        return web.Response()
    if fault == "cut within":
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "500"})
        await response.prepare(request)
        await response.write(b'{"id": "told", "choi')
        request.transport.close()
        return response
    if fault == "html":
        return web.Response(text="<html>gateway</html>", content_type="application/json")
    if fault in _REFUSALS:
        status, code, headers = _REFUSALS[fault]
        return web.json_response(_error(code), status=status, headers=headers)
    return web.json_response(_COMPLETIONS[fault])


def _error(code: str) -> dict[str, Any]:
    return {"error": {"message": "no", "code": code, "type": "error"}}


def _said(text: str, finish_reason: str) -> dict[str, Any]:
    return _completion({"role": "assistant", "content": text}, finish_reason)


def _called(name: str) -> dict[str, Any]:
    call = {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": "{}"}}
    return _completion({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")


def _completion(message: dict[str, Any], finish_reason: str) -> dict[str, Any]:
    return {
        "id": "told", "object": "chat.completion", "created": 0, "model": "told-what-to-say",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }  # fmt: skip


_REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "429": (429, "rate_limit", {"Retry-After": "1"}),
    "500": (500, "down", {}),
    "503": (503, "down", {}),
    "400": (400, "bad", {}),
    "filter on input": (400, "content_filter", {}),
}
_COMPLETIONS = {
    "filter on output": _said("", "content_filter"),
    "overlong": _said('{"category": "net', "length"),
    "empty": _said("", "stop"),
    "no json": _said("It is the network, I think.", "stop"),
    "invented category": _said('{"category": "coffee_machine"}', "stop"),
    "unknown tool": _called("delete_user"),
}
