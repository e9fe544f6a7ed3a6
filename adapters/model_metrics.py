"""What happens between agents and models, counted for whoever collects the app's metrics."""

from functools import cache
from typing import Any


def counted(what: str, agent: str, model: str) -> None:
    """One more in the OpenTelemetry counter `helpdesk.model.<what>`, by agent and model."""
    counter(what).add(1, {"agent": agent, "model": model})


@cache
def counter(what: str) -> Any:
    from opentelemetry.metrics import get_meter

    return get_meter("helpdesk").create_counter(f"helpdesk.model.{what}")
