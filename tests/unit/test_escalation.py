"""The ladder: who is asked when, what ends the wait, and what an SLA promises when nobody answers."""

from datetime import timedelta
from typing import Any

from shared import names
from shared.actions import AddToGroup, action_hash
from shared.desk import TicketDocument
from tests.desk import INSTANCE, decided, desk, episode, plan, policy, said, screened, thought
from tests.engine import Engine

RUNGS_S = (600, 1200)


def escalated(**changes: Any) -> Engine:
    engine = desk(screen=lambda given: screened(given, "unsafe", ("odd",)))
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode(policy=policy(rungs_s=RUNGS_S), **changes))
    return engine


def tell(engine: Engine, after: timedelta, item: dict[str, Any]) -> None:
    engine.at(after, lambda: engine.raise_event(INSTANCE, "inbox", item))


def told(engine: Engine) -> list[tuple[str, str]]:
    return [(given["event"], given["to"]) for given in engine.called(names.NOTIFY)]


def ended(engine: Engine) -> TicketDocument:
    assert engine.instances[INSTANCE].ended, engine.instances[INSTANCE].custom_status
    return TicketDocument.model_validate(engine.instances[INSTANCE].output)


def test_each_rung_tells_its_team_when_its_time_has_come():
    engine = escalated()
    engine.run(timedelta(seconds=sum(RUNGS_S) + 1))
    assert told(engine) == [
        ("escalated", "service-desk"), ("rung", "second-line"), ("breached", "second-line"),
    ]  # fmt: skip


def test_after_the_last_rung_the_ticket_stays_open_breached_and_is_called_to_mind_every_day():
    engine = escalated()
    engine.run(timedelta(days=10))
    events = [event for event, _ in told(engine)]
    assert events == ["escalated", "rung", "breached", *["reminder"] * 9]
    last = TicketDocument.model_validate(engine.called(names.RECORD)[-1])
    assert last.status == "escalated"
    assert last.escalation is not None
    assert last.escalation.breached
    assert engine.instances[INSTANCE].custom_status["status"] == "escalated"


def test_a_decision_after_the_breach_still_counts():
    engine = escalated()
    tell(engine, timedelta(days=3), decided("answer", answer="Sorry for the wait."))
    engine.run()
    assert ended(engine).answer == "Sorry for the wait."
    assert ended(engine).escalation.breached  # pyright: ignore[reportOptionalMemberAccess]


def test_a_decision_ends_the_wait_and_nobody_is_told_after_it():
    engine = escalated()
    tell(engine, timedelta(seconds=30), decided("close"))
    engine.run()
    assert told(engine) == [("escalated", "service-desk")]
    assert ended(engine).status == "closed"


def test_the_first_decision_wins_and_the_one_that_arrives_with_it_is_listed_as_refused():
    engine = escalated()
    tell(engine, timedelta(seconds=30), decided("answer", by="first", answer="A"))
    tell(engine, timedelta(seconds=30), decided("answer", by="second", answer="B"))
    engine.run()
    document = ended(engine)
    assert document.answer == "A"
    assert document.escalation is not None
    assert [(refusal.by, refusal.why) for refusal in document.escalation.refused] == [
        ("second", "answer by first came first")
    ]
    assert engine.called(names.RECORD)[-1]["escalation"]["refused"]


def test_a_decision_at_the_same_moment_as_its_rungs_timer_counts_once():
    engine = escalated()
    tell(engine, timedelta(seconds=RUNGS_S[0]), decided("answer", answer="Just in time."))
    engine.run()
    assert ended(engine).answer == "Just in time."
    assert told(engine) == [("escalated", "service-desk")]


def test_a_decision_that_came_before_the_ticket_escalated_does_not_count():
    engine = escalated()
    engine.raise_event(INSTANCE, "inbox", decided("close", by="early"))
    tell(engine, timedelta(minutes=5), decided("answer", answer="Now."))
    engine.run()
    assert ended(engine).answer == "Now."


def test_reassigning_goes_on_waiting_with_somebody_else():
    engine = escalated()
    tell(engine, timedelta(seconds=30), decided("reassign", assign_to="network-team"))
    tell(engine, timedelta(seconds=90), decided("answer", answer="Fixed."))
    engine.run()
    assert ("reassigned", "network-team") in told(engine)
    assert ended(engine).escalation.assigned_to == "network-team"  # pyright: ignore[reportOptionalMemberAccess]


def test_a_rung_that_changes_does_not_make_an_approval_stale():
    risky = plan(actions=(AddToGroup(user_id="u-1", group="finance"),))
    engine = desk(resolve=lambda _: thought(risky))
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode(policy=policy(rungs_s=RUNGS_S)))
    tell(engine, timedelta(seconds=RUNGS_S[0] + 60), decided("approve", action_hash=action_hash(risky.actions)))
    engine.run()
    shown = {record["escalation"]["id"] for record in engine.called(names.RECORD) if record["status"] == "escalated"}
    assert len(shown) == 1
    assert ended(engine).actions[0].kind == "add_to_group"


def test_the_escalation_id_ends_in_the_hash_that_an_approval_must_carry():
    engine = escalated()
    engine.run(timedelta(seconds=1))
    status = engine.instances[INSTANCE].custom_status
    assert status["escalation_id"].endswith(action_hash(()))


def test_what_the_requester_writes_meanwhile_is_kept_and_the_wait_goes_on():
    engine = escalated()
    tell(engine, timedelta(seconds=30), said("Any news?"))
    tell(engine, timedelta(seconds=90), decided("answer", answer="Yes."))
    engine.run()
    document = ended(engine)
    assert [kept.text for kept in document.messages] == ["Any news?"]
    assert document.answer == "Yes."


def test_an_operators_word_to_the_requester_is_the_first_response():
    engine = escalated()
    tell(engine, timedelta(minutes=2), said("Looking into it.", sender="operator"))
    engine.run(timedelta(minutes=5))
    last = TicketDocument.model_validate(engine.called(names.RECORD)[-1])
    stopped = last.clocks.first_response.stopped_at
    assert stopped is not None
    assert stopped - last.created_at == timedelta(minutes=2)


def test_a_notification_channel_that_is_down_does_not_stop_the_ladder():
    engine = escalated()

    def down(_: Any) -> Any:
        raise ConnectionError("no route")

    engine.activities[names.NOTIFY] = down
    tell(engine, timedelta(hours=2), decided("close"))
    engine.run()
    assert ended(engine).degraded == ("notifications",)
