"""A desk with MCP servers: a complex ticket is looked at from outside too, and goes on when a server is down."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.contract.mcp_server import McpServer, mcp_server
from tests.stack.desk import Desk, Json, running, sample


@pytest.fixture(scope="module")
def server() -> Generator[McpServer]:
    with mcp_server() as server:
        yield server


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory, server: McpServer) -> Generator[Desk]:
    folder: Path = tmp_path_factory.mktemp("outside")
    settings = {"DOCUMENTATION_MCP_URL": server.url, "MCP_TIMEOUT_S": "10"}
    with running(folder, settings) as desk:
        yield desk


def looked_at(desk: Desk) -> Json:
    ticket_id = desk.open(sample("Complex"))
    return desk.until_status(ticket_id, "resolved", "escalated", "waiting_for_requester")


def specialists(ticket: Json) -> set[str]:
    return {step["agent"] for step in ticket["steps"] if step["name"] == "consult"}


def test_the_documentation_specialist_takes_part_and_searches(outside: Desk, server: McpServer) -> None:
    server.behave(named="microsoft_docs_search")
    ticket = looked_at(outside)
    assert "documentation-specialist" in specialists(ticket)
    assert "github-specialist" not in specialists(ticket)
    assert ticket["degraded"] == []
    assert [call["tool"] for call in server.calls] == ["search"]


def test_a_server_that_is_down_costs_the_ticket_nothing_but_its_view(outside: Desk, server: McpServer) -> None:
    server.behave(status=503)
    ticket = looked_at(outside)
    assert len(specialists(ticket)) == 4
    assert ticket["degraded"] == ["mcp:documentation"]
