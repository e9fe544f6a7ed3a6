"""A decision on a ticket that waits, whichever door it came through: judged, written down, and on its way."""

from typing import Any

from activities.auditing import Act, write_down
from shared import metrics, names
from shared.approvals import is_requester
from shared.delivery import Delivery, DeliveryInput
from shared.desk import TicketDocument
from shared.instances import InstanceState
from shared.metering import measure
from shared.tickets import Decision, Requester
from triggers.identity import caller
from triggers.problems import Problem, forbidden
from triggers.services import Services
from triggers.ticket_reading import came_first
from triggers.waiting import wait_span


async def take_decision(
    decision: Decision, document: TicketDocument, state: InstanceState | None, services: Services, *,
    may_approve: bool, escalation_id: str | None = None, how: str | None = None,
) -> None:  # fmt: skip
    """Raises Problem 403 or 409. `escalation_id` is what a link was made for; `how` says for the trail that it was one.

    The ticket weighs the decision against others that arrive with it, and again whether it counts.
    """
    act = Act(
        key=f"decision:{decision.id}",
        act=f"ticket.{decision.decision}",
        target=f"ticket:{document.id}",
        by=decision.by,
        note=" ".join(filter(None, (decision.note, how))) or None,
        after=decision.model_dump(mode="json", include={"answer", "assign_to", "action_hash"}, exclude_none=True),
    )
    try:
        if decision.decision == "approve" and not may_approve:
            raise forbidden("approving takes the role approver")
        _check_counts(decision, document, state, escalation_id)
    except Problem as problem:
        await write_down(act, "refused", services, problem.detail)
        raise
    await write_down(act, "accepted", services)
    delivery = Delivery(tenant=services.tenant, ticket_id=document.id, decision=decision)
    errand = DeliveryInput(delivery=delivery, policy=services.policy)
    instance_id = names.delivery_instance(document.id, decision.id)
    with await wait_span(document, services) as span:
        span.set_attribute("helpdesk.decision", decision.decision)
        if await services.instances.start(names.DELIVER_MESSAGE, instance_id, errand):
            measure(metrics.DECISIONS, decision=decision.decision)


def is_their_own(by: str, requester: Requester) -> bool:
    """Whether whoever acts is whom it was asked for: by the name they sign with, or by any they are known by here."""
    principal = caller().principal
    known_as = (by, principal.id, principal.name) if principal.kind == "person" else (by,)
    return any(is_requester(name, requester) for name in known_as)


def waiting_escalation(state: InstanceState | None) -> str | None:
    """The id of what the ticket waits for a decision on, if it does."""
    shown: Any = (state.custom_status if state and not state.ended else None) or {}
    return shown.get("escalation_id")


def _check_counts(decision: Decision, document: TicketDocument, state: InstanceState | None, asked: str | None) -> None:
    """What can be told at once; the ticket weighs it again. Raises Problem 403 or 409."""
    waits = waiting_escalation(state)
    if waits is None:
        detail = f"nothing waits for a decision on this ticket: {came_first(document)}"
        raise Problem(409, "Conflict", detail)
    if asked is not None and asked != waits:
        raise Problem(409, "Conflict", "what this was about is not what the ticket waits for now")
    if decision.decision != "approve":
        return
    if is_their_own(decision.by, document.requester):
        raise forbidden("nobody approves what they have asked for themselves")
    if decision.action_hash != waits.rpartition("-")[2]:
        detail = "the actions are not those that action_hash stands for, or it has expired: read the ticket again"
        raise Problem(409, "Conflict", detail)
