"""Conditional requests (RFC 9110): a reader asks only for what has changed, a writer only changes what it has read.

A ticket's tag is weak: its clocks read differently each second, and say nothing new by that.
"""

import hashlib
from collections.abc import Mapping
from typing import cast

import azure.functions as func

TAG, CACHING = "ETag", "Cache-Control"


def tag_of(*parts: object) -> str:
    """A weak tag that is the same as long as the parts are."""
    return f'W/"{_digest(repr(parts).encode())}"'


def fulfils(header: str, tag: str) -> bool:
    """Whether one of the tags that a condition lists is this one, weak or not."""
    opaque = tag.removeprefix("W/")
    given = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in given or opaque in given


def as_asked(request: func.HttpRequest, response: func.HttpResponse) -> func.HttpResponse:
    """What was read, with its tag; 304 in its place for whoever has it already."""
    if request.method != "GET" or response.status_code != 200:
        return response
    headers = cast(Mapping[str, str], response.headers)
    tag = headers.get(TAG) or f'"{_digest(response.get_body())}"'
    caching = headers.get(CACHING) or "private, no-cache"
    if fulfils(cast(Mapping[str, str], request.headers).get("If-None-Match", ""), tag):
        kept = {name: value for name, value in headers.items() if name != "Content-Type"}
        return func.HttpResponse(status_code=304, headers=kept | {TAG: tag, CACHING: caching})
    response.headers[TAG], response.headers[CACHING] = tag, caching
    return response


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
