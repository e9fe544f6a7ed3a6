"""Every metric of the desk, named once: what emits them, alerts and the queries of docs/operations.md share the names.

Agent Framework adds its own of the GenAI conventions (`gen_ai.client.token.usage`,
`gen_ai.client.operation.duration`).
"""

from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """`unit` is UCUM, as OpenTelemetry asks for; `attributes` are the dimensions it may be split by."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    meaning: str
    attributes: tuple[str, ...] = ()


TICKETS = Metric(
    "helpdesk.tickets", "counter", "{ticket}", "tickets that came to an outcome",
    ("outcome", "category", "priority", "route"),
)  # fmt: skip
ESCALATIONS = Metric(
    "helpdesk.escalations", "counter", "{ticket}", "tickets handed to a person", ("category", "priority", "route")
)
DECISIONS = Metric("helpdesk.decisions", "counter", "{decision}", "what people decided on escalations", ("decision",))
SLA_BREACHES = Metric(
    "helpdesk.sla.breaches", "counter", "{ticket}", "resolved tickets whose promise was broken", ("clock", "priority")
)
EVENTS = Metric("helpdesk.events", "counter", "{event}", "events by type and outcome", ("type", "outcome"))
STEP_DURATION = Metric(
    "helpdesk.step.duration", "histogram", "s", "how long an activity took, one attempt", ("step", "outcome")
)
MODEL_CALLS = Metric("helpdesk.model.calls", "counter", "{call}", "answered model calls", ("agent", "model"))
MODEL_TOKENS = Metric(
    "helpdesk.model.tokens", "counter", "{token}", "tokens read and written", ("agent", "model", "direction")
)
MODEL_COST = Metric("helpdesk.model.cost", "counter", "USD", "what model calls cost", ("agent", "model"))
CACHE_HITS = Metric(
    "helpdesk.model.cache_hits", "counter", "{call}", "answers that came from the cache", ("agent", "model")
)
RATE_LIMITED = Metric(
    "helpdesk.model.rate_limited", "counter", "{call}", "calls held back by the rate limit", ("agent", "model")
)
CIRCUIT_REFUSED = Metric(
    "helpdesk.model.circuit_open", "counter", "{call}", "calls refused by an open circuit", ("agent", "model")
)
CIRCUIT_OPENED = Metric(
    "helpdesk.model.circuit_opened", "counter", "{change}", "circuits that opened", ("agent", "model")
)
CIRCUIT_CLOSED = Metric(
    "helpdesk.model.circuit_closed", "counter", "{change}", "circuits that closed", ("agent", "model")
)

OPEN_TICKETS = Metric("helpdesk.tickets.open", "gauge", "{ticket}", "tickets not resolved", ("status",))
SLA_BREACHED = Metric("helpdesk.sla.breached", "gauge", "{ticket}", "open tickets whose promise is broken", ("clock",))
SLA_AT_RISK = Metric(
    "helpdesk.sla.at_risk", "gauge", "{ticket}", "open tickets with a fifth of the time left or less", ("clock",)
)
OPEN_ESCALATIONS = Metric("helpdesk.escalations.open", "gauge", "{ticket}", "tickets that wait for a person")
ESCALATION_AGE = Metric("helpdesk.escalations.age", "gauge", "s", "how long the longest has waited for a person")
OVERRIDE_RATE = Metric(
    "helpdesk.override.rate", "gauge", "1",
    "share of proposals that people decided otherwise, of tickets of the last 7 days",
)  # fmt: skip
ERROR_RATE = Metric(
    "helpdesk.error.rate", "gauge", "1", "share of the last hour's tickets that met an error; none where they are few"
)
DEAD_LETTERS = Metric("helpdesk.dead_letters", "gauge", "{letter}", "letters on the list")
BREAKER_STATE = Metric("helpdesk.breaker.state", "gauge", "1", "0 closed, 1 half-open, 2 open", ("agent", "model"))
QUEUE_DEPTH = Metric("helpdesk.queue.depth", "gauge", "{message}", "messages in a queue, about", ("queue",))
QUEUE_AGE = Metric("helpdesk.queue.age", "gauge", "s", "how long the oldest message has waited", ("queue",))
OUTBOX_DEPTH = Metric("helpdesk.outbox.depth", "gauge", "{event}", "events not published yet")
OUTBOX_LAG = Metric("helpdesk.outbox.lag", "gauge", "s", "how long the oldest of them has waited")
WATCH_CROSSED = Metric(
    "helpdesk.watch.crossed",
    "gauge",
    "1",
    "1 where the watch's last measured cycle crossed a threshold",
    ("threshold",),
)
TOKENS_TODAY = Metric("helpdesk.usage.tokens", "gauge", "{token}", "tokens used this day (UTC)")
COST_TODAY = Metric("helpdesk.usage.cost", "gauge", "USD", "what models cost this day (UTC)")

METRICS: tuple[Metric, ...] = (
    TICKETS, ESCALATIONS, DECISIONS, SLA_BREACHES, EVENTS, STEP_DURATION,
    MODEL_CALLS, MODEL_TOKENS, MODEL_COST, CACHE_HITS, RATE_LIMITED, CIRCUIT_REFUSED, CIRCUIT_OPENED, CIRCUIT_CLOSED,
    OPEN_TICKETS, SLA_BREACHED, SLA_AT_RISK, OPEN_ESCALATIONS, ESCALATION_AGE, OVERRIDE_RATE, ERROR_RATE,
    DEAD_LETTERS,
    BREAKER_STATE, QUEUE_DEPTH, QUEUE_AGE, OUTBOX_DEPTH, OUTBOX_LAG, WATCH_CROSSED, TOKENS_TODAY, COST_TODAY,
)  # fmt: skip
