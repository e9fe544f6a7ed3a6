"""Errors as RFC 9457 problems."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func


class Problem(Exception):
    """An error for the caller, as application/problem+json; `more` are members beside the standard's own."""

    def __init__(
        self, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None, more: Mapping[str, Any] | None = None,
    ):  # fmt: skip
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.errors, self.headers, self.more = errors, dict(headers or {}), dict(more or {})


def not_found(what: str) -> Problem:
    return Problem(404, "Not found", f"there is no {what}")


def forbidden(why: str) -> Problem:
    return Problem(403, "Forbidden", why)


def problem_response(problem: Problem, correlation_id: str) -> func.HttpResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "correlation_id": correlation_id,
    }
    if problem.errors is not None:
        body["errors"] = problem.errors
    return func.HttpResponse(
        json.dumps(body | problem.more, ensure_ascii=False),
        status_code=problem.status,
        headers=problem.headers,
        mimetype="application/problem+json",
    )
