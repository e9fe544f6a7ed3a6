"""infra/alert-rules.json: what Azure watches by itself, for when the desk is too ill to watch or to tell."""

import json
from typing import Any

from shared.alert_rules import RULES
from shared.alerts import Rule
from shared.metrics import METRICS

FILE = "alert-rules.json"

MIRRORED = {
    "sla_breached": "Promises to requesters are broken",
    "dead_letters": "Dead letters wait for a person",
    "queue_waits": "Messages wait in a queue",
    "circuit_open": "A model's circuit is open",
    "error_rate": "Tickets meet errors",
    "cost_of_day": "Models cost much today",
}
"""Of the desk's own rules those by which nobody is served or money is lost, titled. The rest is the day's work."""

_SEVERITIES = {"critical": 1, "warning": 2, "info": 3}

_OUTSIDE: tuple[dict[str, Any], ...] = (
    {
        "name": "silent",
        "title": "The desk says nothing any more",
        "why": "Its sweep reads the gauges every five minutes; in half an hour not one has come. The app does not run, "
        "or telemetry is turned away.",
        "severity": 0,
        "every": "PT15M",
        "window": "PT30M",
        "threshold": 0,
        "query": 'customMetrics\n| where name == "helpdesk.dead_letters"\n| summarize readings = count()\n'
        "| where readings == 0",
    },
    {
        "name": "doors-failing",
        "title": "The desk's doors answer with errors",
        "why": "More than five answers of 500 and above within five minutes.",
        "severity": 1,
        "every": "PT5M",
        "window": "PT5M",
        "threshold": 5,
        "query": "requests\n| where toint(resultCode) >= 500",
    },
    {
        "name": "functions-failing",
        "title": "Functions fail",
        "why": "More than twenty executions failed within fifteen minutes: a dependency is down, or a deployment went "
        "wrong.",
        "severity": 2,
        "every": "PT5M",
        "window": "PT15M",
        "threshold": 20,
        "query": "requests\n| where success == false",
    },
)


def wanted() -> str:
    by_name = {rule.name: rule for rule in RULES}
    return (
        json.dumps([*_OUTSIDE, *(_mirror(by_name[name], title) for name, title in MIRRORED.items())], indent=2) + "\n"
    )


def _mirror(rule: Rule, title: str) -> dict[str, Any]:
    """The last reading of each subject, at the level the rule has unless a desk sets another (`ALERT_LEVELS`)."""
    metric = next(metric for metric in METRICS if metric.name == rule.metric)
    subjects = ", ".join(f'{name} = tostring(customDimensions["{name}"])' for name in metric.attributes)
    by = f" by {subjects}" if subjects else ""
    return {
        "name": rule.name.replace("_", "-"),
        "title": title,
        "why": f"{metric.name} is at {rule.raise_at:g} or above: {metric.meaning}. {rule.advice}",
        "severity": _SEVERITIES[rule.severity],
        "every": "PT5M",
        "window": "PT15M",
        "threshold": 0,
        "query": f'customMetrics\n| where name == "{rule.metric}"\n| summarize arg_max(timestamp, value){by}\n'
        f"| where value >= {rule.raise_at:g}",
    }
