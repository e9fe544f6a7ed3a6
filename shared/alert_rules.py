"""The rules that alerts follow, over the metrics that telemetry shows, and how a desk sets other levels for them."""

from collections.abc import Mapping

from pydantic import model_validator

from shared import metrics
from shared.alerts import Observation, Rule, Severity
from shared.metrics import Metric
from shared.model import Model
from shared.readings import Readings

HOUR_S = 3600


def _rule(
    name: str, metric: Metric, source: str, severity: Severity, levels: tuple[float, float], says: str, advice: str,
    *, raise_after_s: float = 0, clear_after_s: float = 120,
) -> Rule:  # fmt: skip
    raise_at, clear_at = levels
    return Rule(
        name=name, metric=metric.name, source=source, severity=severity, raise_at=raise_at, clear_at=clear_at,
        says=says, advice=advice, raise_after_s=raise_after_s, clear_after_s=clear_after_s,
    )  # fmt: skip


RULES: tuple[Rule, ...] = (
    _rule(
        "sla_breached", metrics.SLA_BREACHED, "archive", "critical", (1, 0),
        "{value} open tickets have broken their promise ({subject})", "Take the oldest of them in the queue first.",
    ),
    _rule(
        "sla_at_risk", metrics.SLA_AT_RISK, "archive", "warning", (1, 0),
        "{value} open tickets have a fifth of their time left or less ({subject})",
        "Look at the tickets whose clock runs out next.", raise_after_s=60,
    ),
    _rule(
        "escalation_waits", metrics.ESCALATION_AGE, "archive", "warning", (HOUR_S, HOUR_S / 2),
        "an escalation has waited {value} s for a person", "Decide on it, or reassign it.",
    ),
    _rule(
        "dead_letters", metrics.DEAD_LETTERS, "dead_letters", "warning", (1, 0),
        "dead letters wait for a person: {value}", "Read why they failed, then replay or drop them.",
    ),
    _rule(
        "queue_waits", metrics.QUEUE_AGE, "queues", "warning", (600, 120),
        "the oldest message of {subject} has waited {value} s", "See whether the app runs and what its log says.",
        raise_after_s=60,
    ),
    _rule(
        "outbox_waits", metrics.OUTBOX_LAG, "outbox", "warning", (600, 120),
        "the oldest unpublished event has waited {value} s", "See whether the event topic or storage is down.",
    ),
    _rule(
        "circuit_open", metrics.BREAKER_STATE, "guard", "critical", (2, 0),
        "the circuit of {subject} is open", "Its model fails; see the provider's status and the log.",
        clear_after_s=60,
    ),
    _rule(
        "error_rate", metrics.ERROR_RATE, "archive", "critical", (0.05, 0.03),
        "{value} of the last hour's tickets met an error", "Look at what `degraded` names on them.",
        raise_after_s=60, clear_after_s=300,
    ),
    _rule(
        "cost_of_day", metrics.COST_TODAY, "ledger", "warning", (50, 40),
        "models have cost {value} USD today", "See GET /api/usage for who spends it; BUDGET_DAY_USD caps it.",
    ),
    _rule(
        "override_rate", metrics.OVERRIDE_RATE, "archive", "warning", (0.3, 0.2),
        "people decided {value} of the desk's proposals otherwise", "Read their notes; prompts or rules may need work.",
        clear_after_s=HOUR_S,
    ),
    _rule(
        "watch_crossed", metrics.WATCH_CROSSED, "watch", "warning", (1, 0),
        "the watch's last cycle crossed its threshold of {subject}",
        "Read the cycle's results; WATCH_MAX_... and WATCH_MIN_... are its thresholds.", clear_after_s=0,
    ),
)  # fmt: skip

RULE_NAMES = frozenset(rule.name for rule in RULES)


class Level(Model):
    """Other levels for a rule; what is left out stays. `off` takes the rule away."""

    raise_at: float | None = None
    clear_at: float | None = None
    raise_after_s: float | None = None
    clear_after_s: float | None = None
    severity: Severity | None = None
    off: bool = False


class Levels(Model):
    """By rule. Raises ValueError for a rule there is not, or whose clear level is not below its raise level."""

    by_rule: Mapping[str, Level] = {}

    @model_validator(mode="after")
    def _fit_the_rules(self) -> "Levels":
        if unknown := sorted(self.by_rule.keys() - RULE_NAMES):
            raise ValueError(f"{', '.join(unknown)} is no rule; there are {', '.join(sorted(RULE_NAMES))}")
        for rule in rules(self):
            if rule.clear_at >= rule.raise_at:
                raise ValueError(f"{rule.name}: clear_at must be below raise_at")
        return self


def rules(levels: Levels) -> tuple[Rule, ...]:
    """The rules with the desk's own levels."""
    return tuple(
        rule.model_copy(update=_changes(levels, rule))
        for rule in RULES
        if not levels.by_rule.get(rule.name, Level()).off
    )


def _changes(levels: Levels, rule: Rule) -> dict[str, object]:
    return levels.by_rule.get(rule.name, Level()).model_dump(exclude={"off"}, exclude_none=True)


def observations(found: Readings, active: tuple[Rule, ...], known: frozenset[tuple[str, str]]) -> list[Observation]:
    """What each rule sees. `known` are the rules and subjects with something open.

    A subject that is no longer read from a source that answers is calm; of a source that is down nothing is seen.
    """
    seen: list[Observation] = []
    for rule in active:
        if rule.source in found.unread:
            continue
        values = {
            _subject(reading.attributes): reading.value for reading in found.values if reading.metric == rule.metric
        }
        values |= {subject: 0.0 for name, subject in known if name == rule.name and subject not in values}
        seen += [Observation(rule=rule, subject=subject, value=value) for subject, value in sorted(values.items())]
    return seen


def _subject(attributes: Mapping[str, str]) -> str:
    return " ".join(attributes[name] for name in sorted(attributes)) or "desk"
