"""Queries of documents, workbook and alerts are queries over what the desk emits; what reads them refuses others."""

import json
from typing import Any

import pytest

from samples.stack import REPOSITORY
from shared.alert_rules import RULES
from shared.metrics import METRICS
from tests.kusto import Query, parse, queries

INFRA = REPOSITORY / "infra"
FREQUENCIES = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT1H": 60}
"""What Azure takes for how often and how far back a rule looks, in minutes."""


def alert_rules() -> list[dict[str, Any]]:
    return json.loads((INFRA / "alert-rules.json").read_text())


def of_workbook() -> list[Query]:
    items = json.loads((INFRA / "workbook.json").read_text())["items"]
    return [parse(item["content"]["query"]) for item in items if item["type"] == 3]


def asks_for_nothing_unknown(query: Query) -> bool:
    known = {metric.name: metric for metric in METRICS}
    if "customMetrics" not in query.tables:
        return True
    splits = {name for metric in query.metrics for name in known[metric].attributes}
    return bool(query.metrics) and query.dimensions <= splits


def test_every_question_of_the_operator_has_its_query():
    found = queries(REPOSITORY / "docs" / "telemetry.md")
    assert len(found) == 13
    asked = {name for query in found for name in query.metrics | query.dimensions}
    assert {"helpdesk.ticket.id", "gen_ai.agent.name", "helpdesk.model.cost", "helpdesk.sla.breaches"} <= asked


@pytest.mark.parametrize(
    "text",
    [
        "requests | where duratoin > 5", "requests | were duration > 5", "requests | where (duration > 5",
        "requests | where duration > 5)", "customers | where duration > 5", "requests | where duration > `5`",
        "customMetrics | where duration > 5",
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused(text: str):
    with pytest.raises(SyntaxError):
        parse(text)


def test_the_workbook_asks_what_the_document_asks_with_fields_for_the_ids():
    asked = of_workbook()
    assert [query.dimensions for query in asked] == [
        query.dimensions for query in queries(REPOSITORY / "docs" / "telemetry.md")
    ]
    assert all(asks_for_nothing_unknown(query) for query in asked)
    text = (INFRA / "workbook.json").read_text()
    assert "put-the" not in text
    fields = json.loads(text)["items"][0]["content"]["parameters"]
    assert {f"{{{field['name']}}}" for field in fields} == {"{Ticket}", "{Call}"}
    assert all(f"{{{field['name']}}}" in text for field in fields)


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["name"])
def test_an_alert_of_azure_looks_at_what_is_emitted_and_as_often_as_azure_can(rule: dict[str, Any]):
    assert asks_for_nothing_unknown(parse(rule["query"]))
    assert FREQUENCIES[rule["every"]] <= FREQUENCIES[rule["window"]]
    assert rule["severity"] in range(5)


def test_azure_raises_an_alert_at_the_level_at_which_the_desk_does():
    mirrored = {rule["name"]: rule["query"] for rule in alert_rules()}
    for rule in RULES:
        if query := mirrored.get(rule.name.replace("_", "-")):
            assert query.endswith(f"| where value >= {rule.raise_at:g}")
    assert {"silent", "doors-failing", "sla-breached", "dead-letters", "circuit-open", "cost-of-day"} <= mirrored.keys()
