from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from adapters.guard import SharedGuard
from adapters.shared_redis import SharedRedis
from adapters.shared_state import SharedState
from shared.breaker import BreakerPolicy
from shared.errors import CircuitOpen, HeldBack
from shared.guard import ModelCall
from shared.metering import instrument_of
from shared.rate_limit import Limits, Spending


def counts(reader: InMemoryMetricReader) -> dict[str, Any]:
    found: Any = reader.get_metrics_data()
    metrics = [
        metric for resource in found.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
    ]
    return {metric.name: metric.data.data_points[0].value for metric in metrics}


async def test_what_the_guard_refuses_and_what_becomes_of_circuits_is_counted(monkeypatch: pytest.MonkeyPatch):
    reader = InMemoryMetricReader()
    monkeypatch.setattr("opentelemetry.metrics.get_meter", MeterProvider([reader]).get_meter)
    instrument_of.cache_clear()
    guard = SharedGuard(SharedState(SharedRedis(None)), BreakerPolicy(failures=1), Limits(requests=1), {})
    call = ModelCall("resolver", "m", Spending(at=0, lane="interactive"))
    admission = await guard.admit(call)
    with pytest.raises(HeldBack):
        await guard.admit(call)
    await guard.settle(admission, "failed")
    for _ in range(2):
        with pytest.raises(CircuitOpen):
            await guard.admit(call)
    instrument_of.cache_clear()
    assert counts(reader) == {
        "helpdesk.model.rate_limited": 1, "helpdesk.model.circuit_opened": 1, "helpdesk.model.circuit_open": 2,
    }  # fmt: skip
