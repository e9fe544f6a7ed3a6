"""What is exported: one tree for a ticket from queue to last event, metrics by their names, nothing private."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.stack import REPOSITORY
from shared.metrics import METRICS
from tests.kusto import Query, queries
from tests.stack.collector import Collector, Seen, collecting
from tests.stack.desk import Desk, Json, running, sample, until

DECISION_CALL = "decided-by-operator"
CARD_NUMBER = "4111 1111 1111 1111"
TELEMETRY_DOC = REPOSITORY / "docs" / "telemetry.md"
KIND_OF_TABLE = {"requests": "RequestData", "dependencies": "RemoteDependencyData", "traces": "MessageData"}
SUBSCRIBERS = {"archive": 2, "metrics": 3, "learning": 1}
"""Who hears of it, and how often: in progress, escalated, resolved."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def watched(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that exports to a collector and to Application Insights."""
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "APPLICATIONINSIGHTS_CONNECTION_STRING": collector.connection_string,
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true", "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on", "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_BLRP_SCHEDULE_DELAY": "200", "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        "SWEEP_SCHEDULE": "* * * * * *", "MESSAGE_BURST_S": "0.2",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("watched"), settings) as desk:
        yield desk


@pytest.fixture(scope="module")
def ticket(watched: Desk, collector: Collector) -> Json:
    """One that came over the queue, was handed to a person, approved and resolved."""
    body = sample("Approval", description=f"{sample('Approval')['description']} My card is {CARD_NUMBER}.")
    watched.queue("tickets").send_message(json.dumps(body))
    waiting = until(lambda: watched.find(status="escalated")["items"], bool)[0]
    body = {"decision": "approve", "by": "operator", "action_hash": waiting["escalation"]["action_hash"]}
    call = {"X-Correlation-ID": DECISION_CALL}
    answer = watched.api.post(f"/tickets/{waiting['id']}/decision", json=body, headers=call)
    assert answer.status_code == 202, answer.text
    resolved = watched.until_status(waiting["id"], "resolved")
    last = Counter({f"process events-{name}": count for name, count in SUBSCRIBERS.items()})
    until(lambda: Counter(span.name for span in collector.spans), last.__le__)
    return resolved


def test_a_ticket_through_a_queue_and_an_escalation_is_one_tree(ticket: Json, collector: Collector) -> None:
    spans = collector.trace_of("process tickets")
    ids = {span.id for span in spans}
    roots = [span for span in spans if span.parent_id not in ids]
    assert [root.name for root in roots] == ["process tickets"]
    assert roots[0].parent_id == ""
    names = {span.name for span in spans}
    assert {"activity screen", "activity triage", "activity resolve", "activity apply", "activity reply"} <= names
    assert {f"process events-{name}" for name in SUBSCRIBERS} <= names
    assert {"wait for a person", "invoke_agent triage-analyst"} <= names
    assert len(ids) == len(spans), "a replay must not tell a step twice"


def test_agents_and_models_stand_below_the_step_that_asks_them(ticket: Json, collector: Collector) -> None:
    spans = {span.id: span for span in collector.trace_of("process tickets")}
    agent = next(span for span in spans.values() if span.name == "invoke_agent triage-analyst")
    assert spans[agent.parent_id].name == "activity triage"
    model = next(span for span in spans.values() if span.parent_id == agent.id)
    assert model.attributes["gen_ai.operation.name"] == "chat"
    assert "gen_ai.input.messages" not in model.attributes


def test_every_span_and_line_of_the_log_says_whose_it_is(ticket: Json, collector: Collector) -> None:
    """The decision comes by a call of its own, and is on its way under that call's id."""
    spans = [span for span in collector.trace_of("process tickets") if not _is_article(span)]
    assert {span.attributes.get("helpdesk.ticket.id") for span in spans} == {ticket["id"]}
    decision = [span for span in spans if span.name == "activity hand_over_message"]
    (correlation_id,) = {span.attributes["helpdesk.correlation_id"] for span in spans if span not in decision}
    assert {span.attributes["helpdesk.correlation_id"] for span in decision} == {DECISION_CALL}
    steps = [span for span in spans if span.name.startswith(("activity", "invoke_agent", "chat"))]
    instances = {span.attributes["durabletask.task.instance_id"] for span in steps if span not in decision}
    assert instances == {f"ticket-{ticket['id']}-1"}

    def said_by() -> set[str]:
        return {line["helpdesk.correlation_id"] for line in collector.logs if line["trace_id"] == spans[0].trace_id}

    assert until(said_by, {correlation_id, DECISION_CALL}.__le__) == {correlation_id, DECISION_CALL}


def test_the_wait_lasts_from_the_hand_over_to_the_decision_and_names_the_door(
    ticket: Json, collector: Collector
) -> None:
    (wait,) = [span for span in collector.spans if span.name == "wait for a person"]
    (door,) = [span for span in collector.spans if span.name == "POST /api/tickets/{id}/decision"]
    assert wait.links == (door.id,)
    assert wait.parent_id in door.links
    assert wait.attributes["helpdesk.decision"] == "approve"
    assert wait.start_ns < door.start_ns < wait.end_ns <= door.end_ns


def test_metrics_have_their_names_and_no_others_of_ours(ticket: Json, collector: Collector) -> None:
    known = {metric.name: metric for metric in METRICS}
    expected = {
        "helpdesk.tickets", "helpdesk.queue.age", "helpdesk.step.duration", "helpdesk.escalations",
        "helpdesk.decisions",
    }  # fmt: skip
    until(lambda: sorted(collector.metrics), lambda names: expected <= set(names))
    ours = {name: points for name, points in collector.metrics.items() if name.startswith("helpdesk.")}
    assert ours.keys() <= known.keys()
    for name, points in ours.items():
        for point in points:
            assert point.keys() - {"value"} <= set(known[name].attributes), name
    assert collector.metrics["helpdesk.decisions"] == [{"decision": "approve", "value": 1}]


def test_application_insights_is_sent_the_same(ticket: Json, collector: Collector) -> None:
    trace_id = collector.trace_of("process tickets")[0].trace_id
    until(
        lambda: {envelope["data"]["baseType"] for envelope in collector.envelopes},
        {"RequestData", "RemoteDependencyData", "MessageData", "MetricData"}.__le__,
    )

    def told() -> list[Json]:
        envelopes = [item for item in collector.envelopes if item["tags"].get("ai.operation.id") == trace_id]
        return [item["data"]["baseData"] for item in envelopes]

    until(lambda: {item.get("name") for item in told()}, {"process tickets", "activity triage"}.__le__)
    until(lambda: [item["properties"].get("helpdesk.ticket.id") for item in told()].count(ticket["id"]), (10).__lt__)


@pytest.mark.parametrize("query", queries(TELEMETRY_DOC), ids=lambda query: query.text.partition("\n")[0])
def test_a_documented_query_asks_for_nothing_that_is_not_emitted(
    query: Query, ticket: Json, collector: Collector
) -> None:
    if "customMetrics" in query.tables:
        known = {metric.name: metric for metric in METRICS}
        assert query.metrics
        assert query.metrics <= known.keys()
        assert query.dimensions <= {name for metric in query.metrics for name in known[metric].attributes}
        return
    kinds = {KIND_OF_TABLE[table] for table in query.tables}

    def emitted() -> set[str]:
        told = [item["data"] for item in collector.envelopes if item["data"]["baseType"] in kinds]
        return {name for data in told for name in data["baseData"]["properties"]}

    assert query.dimensions
    until(emitted, query.dimensions.__le__)


def test_nothing_private_is_exported(ticket: Json, collector: Collector) -> None:
    sent = "".join(collector.raw)
    assert CARD_NUMBER not in sent
    assert sample("Approval")["requester"]["email"] not in sent


def test_what_was_not_sent_yet_is_sent_when_the_desk_stops(tmp_path: Path) -> None:
    with collecting() as collector:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        with running(tmp_path, settings) as desk:
            desk.find()
        assert "GET /api/tickets" in {span.name for span in collector.spans}


def _is_article(span: Seen) -> bool:
    """Learning from a person's answer is a task of its own within the same trace."""
    return str(span.attributes.get("durabletask.task.instance_id", "")).startswith("task-")
