"""The guard of the models: decisions of `shared`, kept where all processes see them."""

import json
import logging
from collections.abc import Callable, Mapping
from uuid import uuid4

from adapters.shared_state import SharedState
from shared import metrics
from shared.breaker import BreakerPolicy, Circuit, Outcome, ask_to_pass, settle, state_of
from shared.errors import CircuitOpen, HeldBack
from shared.guard import Admission, BreakerState, ModelCall
from shared.metering import measure
from shared.rate_limit import Limits, Spending, Window, ask_for_room, correct

CIRCUIT_NEWS = {"opened": metrics.CIRCUIT_OPENED, "closed": metrics.CIRCUIT_CLOSED}
CIRCUITS = "circuits"
WINDOWS = "model-windows"

log = logging.getLogger("helpdesk.guard")


class SharedGuard:
    """Implements Guard. `groups` are agents with a limit of their own, within the model's."""

    def __init__(self, state: SharedState, policy: BreakerPolicy, limits: Limits, groups: Mapping[str, Limits]):
        self._state = state
        self._policy = policy
        self._limits = limits
        self._groups = groups

    async def admit(self, call: ModelCall) -> Admission:
        admission = Admission(uuid4().hex, call)
        wait_s = await self._circuit(
            admission, lambda circuit, now: ask_to_pass(circuit, self._policy, admission.id, now)
        )
        if wait_s is not None:
            measure(metrics.CIRCUIT_REFUSED, agent=call.agent, model=call.model)
            raise CircuitOpen(f"{call.agent}: the circuit to {call.model} is open", wait_s)
        if not self._limited(call.wish):
            return admission
        wish, wait_s = await self._state.change(WINDOWS, call.model, lambda kept, now: self._room(kept, call.wish, now))
        if wait_s:
            measure(metrics.RATE_LIMITED, agent=call.agent, model=call.model)
            await self._settle_circuit(admission, "neutral")
            raise HeldBack(f"{call.agent}: {call.model} has had its requests of this minute", wait_s)
        return Admission(admission.id, ModelCall(call.agent, call.model, wish))

    async def settle(self, admission: Admission, outcome: Outcome, tokens: int | None = None) -> None:
        await self._settle_circuit(admission, outcome)
        wish = admission.call.wish
        if tokens is None or tokens == wish.tokens or not self._limited(wish):
            return

        def put_right(kept: str | None, _now: float) -> tuple[str | None, None]:
            return correct(_window(kept), wish, tokens).model_dump_json(exclude_defaults=True), None

        await self._state.change(WINDOWS, admission.call.model, put_right)

    async def breakers(self) -> tuple[BreakerState, ...]:
        kept, now = await self._state.all(CIRCUITS)
        return tuple(self._shown(name, Circuit.model_validate_json(text), now) for name, text in sorted(kept.items()))

    def _limited(self, wish: Spending) -> bool:
        return bool(self._limits) or wish.group in self._groups

    def _room(self, kept: str | None, wish: Spending, now: float) -> tuple[str, tuple[Spending, float]]:
        """The wish as it was counted, which a correction must find again, and the wait."""
        timed = wish.model_copy(update={"at": now})
        of_group = self._groups.get(wish.group, Limits())
        window, wait_s = ask_for_room(_window(kept), timed, self._limits, of_group)
        return window.model_dump_json(exclude_defaults=True), (timed, wait_s)

    async def _settle_circuit(self, admission: Admission, outcome: Outcome) -> None:
        def settled(circuit: Circuit, now: float) -> tuple[Circuit, str | None]:
            after = settle(circuit, self._policy, admission.id, outcome, now)
            opened = after.opened_at is not None and after.opened_at != circuit.opened_at
            closed = after.opened_at is None and circuit.opened_at is not None
            return after, "opened" if opened else "closed" if closed else None

        news = await self._circuit(admission, settled)
        if news:
            measure(CIRCUIT_NEWS[news], agent=admission.call.agent, model=admission.call.model)
            log.warning("the circuit of %s to %s has %s", admission.call.agent, admission.call.model, news)

    async def _circuit[T](self, admission: Admission, decide: Callable[[Circuit, float], tuple[Circuit, T]]) -> T:
        """Change the call's circuit; one without a failure is not kept."""

        def change(kept: str | None, now: float) -> tuple[str | None, T]:
            before = Circuit.model_validate_json(kept) if kept else Circuit()
            after, answer = decide(before, now)
            if after == before:
                return kept, answer
            return None if after == Circuit() else after.model_dump_json(), answer

        return await self._state.change(CIRCUITS, json.dumps([admission.call.agent, admission.call.model]), change)

    def _shown(self, name: str, circuit: Circuit, now: float) -> BreakerState:
        agent, model = json.loads(name)
        state = state_of(circuit, self._policy, now)
        left = (circuit.opened_at or 0.0) + self._policy.reset_s - now
        return BreakerState(
            agent=agent,
            model=model,
            state=state,
            failures=circuit.failures,
            retry_after_s=round(left, 1) if state == "open" else None,
        )


def _window(kept: str | None) -> Window:
    return Window.model_validate_json(kept) if kept else Window()
