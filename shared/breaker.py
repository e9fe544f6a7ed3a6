"""When to stop asking a model that fails, and how to find out that it is back: pure, on a shared state."""

from typing import Literal

from shared.model import Model

Outcome = Literal["ok", "failed", "neutral"]
"""How a call ended. `neutral` says nothing about the model's health: a refusal for good, or too many requests."""

CircuitState = Literal["closed", "open", "half_open"]

LOOK_AGAIN_S = 5.0
"""How long a call is told to wait while another one's probe is out."""


class BreakerPolicy(Model):
    """`probe_s` bounds how long one probe may be out before its process counts as dead."""

    failures: int = 5
    reset_s: float = 60.0
    probe_s: float = 70.0


class Circuit(Model):
    """What is known of one agent on one model; times are seconds of the clock that keeps it."""

    failures: int = 0
    opened_at: float | None = None
    probe: str | None = None
    probe_until: float = 0.0


def state_of(circuit: Circuit, policy: BreakerPolicy, now: float) -> CircuitState:
    if circuit.opened_at is None:
        return "closed"
    return "open" if now < circuit.opened_at + policy.reset_s else "half_open"


def ask_to_pass(circuit: Circuit, policy: BreakerPolicy, call: str, now: float) -> tuple[Circuit, float | None]:
    """Whether the call may go ahead: None, or how many seconds it has to wait.

    Once the reset time is over the first call becomes the probe, and the only one until it has settled.
    """
    if circuit.opened_at is None:
        return circuit, None
    if now < (reset_at := circuit.opened_at + policy.reset_s):
        return circuit, reset_at - now
    if circuit.probe not in (None, call) and now < circuit.probe_until:
        return circuit, min(LOOK_AGAIN_S, policy.reset_s, circuit.probe_until - now)
    return circuit.model_copy(update={"probe": call, "probe_until": now + policy.probe_s}), None


def settle(circuit: Circuit, policy: BreakerPolicy, call: str, outcome: Outcome, now: float) -> Circuit:
    """What is known once a call has ended. While the circuit is open only its probe counts: the end of a call
    that had begun before tells of a time that is over."""
    if circuit.opened_at is not None and circuit.probe != call:
        return circuit
    if outcome == "neutral":
        return circuit.model_copy(update={"probe": None, "probe_until": 0.0})
    if outcome == "ok":
        return Circuit()
    failures = circuit.failures + 1
    opens = circuit.opened_at is not None or failures >= policy.failures
    return Circuit(failures=failures, opened_at=now if opens else None)
