"""From an HTTP request to what a function receives, and from what it returns to an HTTP response."""

import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from .functions import Function
from .protocol import HttpRequestValue, HttpResponseValue, Outcome, TypedValue

HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


def request_value(request: web.Request, params: dict[str, str], body: bytes) -> HttpRequestValue:
    query: dict[str, str] = {}
    for name, text in parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True):
        query[name] = f"{query[name]},{text}" if name in query else text
    headers: dict[str, str] = {}
    for name, text in request.headers.items():
        headers[name.lower()] = f"{headers[name.lower()]},{text}" if name.lower() in headers else text
    url = f"{request.scheme}://{request.host}{request.raw_path}"
    return HttpRequestValue(request.method, url, headers, params, query, body)


def response(function: Function, outcome: Outcome) -> web.Response:
    value = outcome.return_value
    named = dict(outcome.outputs)
    for binding in function.outputs:
        if binding.type == "http" and binding.name in named:
            value = named[binding.name]
    returned = next((binding.type for binding in function.outputs if binding.name == "$return"), "http")
    if value is None or (returned != "http" and value is outcome.return_value):
        return web.Response(status=204)
    return _web_response(value)


def _web_response(value: TypedValue) -> web.Response:
    kind, content = value
    if kind == "http":
        answer: HttpResponseValue = content
        http = web.Response(status=answer.status, body=answer.body)
        for name, text in answer.headers.items():
            if name.lower() not in HOP_BY_HOP:
                http.headers[name] = text
        for cookie in answer.cookies:
            http.headers.add("Set-Cookie", cookie)
        return http
    if kind == "bytes":
        return web.Response(body=content)
    if kind == "string":
        return web.Response(text=content)
    text: Any = content if isinstance(content, str) else json.dumps(content)
    return web.Response(text=text, content_type="application/json")
