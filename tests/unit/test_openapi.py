"""The description of the API says what the doors are, in OpenAPI 3.1, and its page shows all of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.registered import triggers
from triggers.access import DOORS
from triggers.openapi import document
from triggers.openapi_page import page

PAGES = ("console", "show_approval", "use_approval")
METHODS = {"get", "post", "put", "delete"}


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    assert triggers()  # importing the app is what declares the doors
    return document()


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield path, method, operation


def test_it_is_openapi_3_1(api: dict[str, Any]):
    assert [error.message for error in OpenAPIV31SpecValidator(api).iter_errors()] == []


def test_every_registered_door_is_described_under_its_address_and_nothing_else_is(api: dict[str, Any]):
    registered = {
        (name, trigger["route"].replace("{*", "{"), str(getattr(trigger["methods"][0], "value", "")).lower())
        for name, trigger in triggers().items()
        if trigger["type"] == "httpTrigger"
    }
    described = {(operation["operationId"], path[1:], method) for path, method, operation in operations(api)}
    assert described == registered


def test_every_door_that_is_not_public_says_that_it_may_refuse_whoever_calls(api: dict[str, Any]):
    for _, _, operation in operations(api):
        is_public = DOORS[operation["operationId"]].is_public
        assert (operation.get("security") == []) == is_public
        assert ({"401", "403"} <= operation["responses"].keys()) or is_public


def test_every_error_is_a_problem(api: dict[str, Any]):
    """But for the console's files and the pages that approval links lead to."""
    for _, _, operation in operations(api):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and operation["operationId"] not in PAGES:
                assert "application/problem+json" in answer["content"]


def test_what_is_hidden_from_callers_is_in_no_answer(api: dict[str, Any]):
    schemas = api["components"]["schemas"]
    assert "tenant" not in schemas["TicketShown"]["properties"]
    assert "texts" not in schemas["Answered"]["properties"]
    told = {"id", "status", "subject", "requester", "description", "sla"}
    assert told <= set(schemas["TicketShown"]["required"])
    assert "escalation" not in schemas["TicketShown"]["required"], "requesters are not shown it"


def test_a_query_says_what_it_takes(api: dict[str, Any]):
    query = {each["name"]: each for each in api["paths"]["/tickets"]["get"]["parameters"]}
    assert query["status"]["explode"] is False
    assert "escalated" in query["status"]["schema"]["items"]["enum"]
    assert query["limit"]["schema"] | {"title": ""} == {
        "type": "integer", "minimum": 1, "maximum": 200, "default": 50, "title": "",
    }  # fmt: skip
    assert {"q", "cursor", "fields"} <= query.keys()


def test_the_page_shows_every_door_and_every_model_and_leads_nowhere_else(api: dict[str, Any]):
    html = page(api).get_body().decode()
    anchors = set(re.findall(r'id="([^"]+)"', html))
    assert {operation["operationId"] for _, _, operation in operations(api)} <= anchors
    assert api["components"]["schemas"].keys() <= anchors
    assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors
    assert "<script" not in html


def test_what_a_model_says_of_itself_cannot_break_the_page():
    schema = {"description": "<b>", "properties": {"<i>": {"pattern": "<script>"}}}
    api: dict[str, Any] = {
        "openapi": "3.1.0", "info": {"title": "<t>", "version": "1"}, "tags": [], "paths": {},
        "components": {"schemas": {"M": schema}},
    }  # fmt: skip
    html = page(api).get_body().decode()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html
