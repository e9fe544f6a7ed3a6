"""A desk whose activities answer as a test says: the plainest ticket unless told otherwise."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shared import names
from shared.collaboration import Contribution, Moderation
from shared.desk import EpisodeInput, Policy, TicketDocument
from shared.model import Model
from shared.settings_policy import DEFAULT_TARGETS
from shared.sla import SlaPolicy
from shared.thinking import Citation, Finding, Judgement, Plan, Profile, Recollection, Review, Triage, Usage, Vote
from shared.tickets import Decision, InboxItem, Message, Requester, Ticket
from tests.engine import Engine

OPENED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKET_ID = "t1"
INSTANCE = names.ticket_instance(TICKET_ID, 1)


def policy(**changes: Any) -> Policy:
    plain: dict[str, Any] = {
        "rungs_s": (600, 1200), "reminder_s": 86400, "burst_s": 3, "reopen_window_s": 604800,
        "specialist_deadline_s": 30, "retry_count": 3, "retry_first_delay_s": 5, "confidence_floor": 0.45,
        "risk_votes": True, "side_by_side": True,
        "sla": SlaPolicy(targets=DEFAULT_TARGETS),
    }  # fmt: skip
    return Policy.model_validate(plain | changes)


def ticket(**changes: Any) -> Ticket:
    plain: dict[str, Any] = {
        "id": TICKET_ID, "tenant": "default", "subject": "VPN drops", "description": "The VPN drops on Wi-Fi.",
        "requester": Requester(id="u-1", email="one@example.com"), "created_at": OPENED_AT,
        "body_hash": hashlib.sha256(b"one").hexdigest(),
    }  # fmt: skip
    return Ticket.model_validate(plain | changes)


def triage(**changes: Any) -> Triage:
    plain: dict[str, Any] = {
        "category": "network", "type": "incident", "impact": 3, "urgency": 2, "complexity": "simple",
        "confidence": 0.9, "language": "en", "reasons": ("it says VPN",),
    }  # fmt: skip
    return Triage.model_validate(plain | changes)


def plan(**changes: Any) -> Plan:
    plain: dict[str, Any] = {
        "outcome": "answer", "answer": "Forget the network and join again.", "confidence": 0.8,
        "citations": (Citation(id="vpn", title="VPN", section="Try this"),), "reason": "the article fits",
    }  # fmt: skip
    return Plan.model_validate(plain | changes)


def moderation(given: Any) -> Moderation:
    """Everybody speaks once; then it is settled."""
    spoken = {line["speaker"] for line in given["transcript"]}
    waiting = [name for name in given["participants"] if name not in spoken]
    if waiting and given["rounds_left"]:
        return Moderation(settled=False, conclusion="", next_speaker=waiting[0], why="not heard yet")
    return Moderation(settled=not waiting, conclusion="So it is.", next_speaker=None, why="all were heard")


def thought(answer: Model, agent: str = "agent") -> dict[str, Any]:
    usage = Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=0.001)
    return {
        "answer": answer.model_dump(mode="json"), "agent": agent, "model": "rules",
        "usage": usage.model_dump(mode="json"),
    }  # fmt: skip


def screened(given: Any, verdict: str = "ticket", reasons: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "verdict": verdict, "reasons": list(reasons), "subject": given["subject"], "text": given["text"],
        "messages": given["messages"], "masked": [],
    }  # fmt: skip


def answers() -> dict[str, Callable[[Any], Any]]:
    """What each activity answers for the plainest ticket."""
    recollection = Recollection(profile=Profile(id="u-1", known=True))
    finding = Finding(summary="nothing more", confidence=0.5)
    return {
        names.SCREEN: screened,
        names.RECALL: lambda _: recollection.model_dump(mode="json"),
        names.TRIAGE: lambda _: thought(triage(), names.TRIAGE_AGENT),
        names.VOTE: lambda given: thought(Vote(category="network", confidence=0.6, why="looks so"), given["role"]),
        names.CONSULT: lambda given: thought(finding, given["role"]),
        names.MODERATE: lambda given: thought(moderation(given), "moderator"),
        names.SPEAK: lambda given: thought(Contribution(text="so", agrees=True, confidence=0.5), given["role"]),
        names.RESOLVE: lambda _: thought(plan(), names.RESOLVER_AGENT),
        names.REVIEW: lambda _: thought(Review(approved=True), names.REVIEWER_AGENT),
        names.WEIGH: lambda given: thought(Judgement(fitting=True, confidence=0.6, why="it fits"), given["role"]),
        names.APPLY: lambda given: {"kind": given["action"]["kind"], "summary": "done", "changed": True},
        names.REPLY: lambda given: {"answer": given["answer"], "degraded": []},
        names.REMEMBER: lambda _: {"degraded": None},
        names.RECORD: lambda _: {"degraded": None},
        names.NOTIFY: lambda _: {"degraded": None},
    }


def desk(**overrides: Callable[[Any], Any]) -> Engine:
    from orchestrations.deliver_message import deliver_message
    from orchestrations.process_batch import process_batch
    from orchestrations.resolve_ticket import resolve_ticket

    orchestrations = {f.__name__: f for f in (resolve_ticket, process_batch, deliver_message)}
    return Engine(orchestrations, answers() | overrides)


def episode(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"ticket": ticket(), "policy": policy()}
    return EpisodeInput.model_validate(plain | changes).model_dump(mode="json")


def message(text: str = "It is worse now.", **changes: Any) -> Message:
    identity = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Message.model_validate({"id": identity, "sender": "requester", "text": text, "at": OPENED_AT} | changes)


def said(text: str, delivery: str | None = None, **changes: Any) -> dict[str, Any]:
    return InboxItem(message=message(text, **changes), delivery=delivery).model_dump(mode="json")


def decided(decision: str, by: str = "operator", **more: Any) -> dict[str, Any]:
    made = Decision.model_validate({"decision": decision, "by": by, "id": f"{decision}-{by}", "at": OPENED_AT} | more)
    return InboxItem(decision=made).model_dump(mode="json")


def document(engine: Engine, instance: str = INSTANCE) -> TicketDocument:
    found = engine.instances[instance]
    assert found.failure is None, found.failure
    assert found.ended, "the instance has not ended"
    return TicketDocument.model_validate(found.output)


def run(engine: Engine, **changes: Any) -> TicketDocument:
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode(**changes))
    engine.run()
    return document(engine)
