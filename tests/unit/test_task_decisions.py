"""A task that waits for a person: it says what it asks, reminds, and takes the first choice that answers it."""

from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work
from orchestrations.task import Task, carry_out
from shared import names
from shared.tasks import TaskDecision
from tests.desk import OPENED_AT, screened
from tests.engine import Activity, Engine, Instance
from tests.tasks import INSTANCE, done, raising, task_input


def asking(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Asks twice, so that a late second click could be taken for the answer to the second question."""

    def ask(task: Task) -> Work[TaskDecision]:
        first = yield from task.ask_person("Publish it?", ("approve", "reject"), {"votes": 2})
        if first.decision == "reject":
            return first
        return (yield from task.ask_person("Tell everybody?", ("approve", "reject")))

    return (yield from carry_out(ctx, data, ask))


def waiting(**overrides: Activity) -> tuple[Engine, Instance]:
    engine = Engine(
        {"asking": asking}, {names.RECORD_TASK: done, names.SCREEN: screened, names.NOTIFY: done} | overrides
    )
    return engine, engine.start("asking", INSTANCE, task_input())


def chosen(decision: str, asked: str = "1") -> dict[str, Any]:
    made = TaskDecision(decision=decision, by="operator", id=f"{decision}-{asked}", asked=asked, at=OPENED_AT)
    return made.model_dump(mode="json")


def decide(engine: Engine, after: timedelta, decision: str, asked: str = "1") -> None:
    engine.at(after, lambda: engine.raise_event(INSTANCE, names.INBOX_EVENT, chosen(decision, asked)))


def test_a_waiting_task_shows_what_it_asks_and_what_there_is_to_decide_from():
    engine, instance = waiting()
    engine.run(timedelta(seconds=5))
    shown = instance.custom_status
    assert shown["status"] == "waiting"
    assert (shown["asks"]["question"], shown["asks"]["choices"]) == ("Publish it?", ["approve", "reject"])
    assert shown["asks"]["laid_out"] == {"votes": 2}
    assert engine.called(names.RECORD_TASK)[-1]["state"]["status"] == "waiting"


def test_nobody_deciding_is_told_rung_by_rung_then_every_day_and_never_in_silence():
    engine, instance = waiting()
    engine.run(timedelta(seconds=600 + 1200 + 2 * 86400 + 1))
    assert [told["event"] for told in engine.called(names.NOTIFY)] == [
        "escalated", "rung", "breached", "reminder", "reminder",
    ]  # fmt: skip
    assert len({told["id"] for told in engine.called(names.NOTIFY)}) == 5
    assert instance.custom_status["asks"]["breached"] is True
    assert not instance.ended


def test_the_first_choice_counts():
    engine, instance = waiting()
    decide(engine, timedelta(minutes=1), "reject")
    decide(engine, timedelta(minutes=1), "approve")
    engine.run()
    assert instance.output["status"] == "completed"
    assert instance.output["result"]["decision"] == "reject"
    assert instance.output["asks"] is None


def test_what_is_no_choice_is_passed_over():
    engine, instance = waiting()
    decide(engine, timedelta(minutes=1), "perhaps")
    decide(engine, timedelta(minutes=2), "reject")
    engine.run()
    assert instance.output["result"]["at"]
    assert instance.output["result"]["decision"] == "reject"


def test_a_second_click_does_not_answer_the_next_question():
    engine, instance = waiting()
    decide(engine, timedelta(minutes=1), "approve")
    decide(engine, timedelta(minutes=1), "approve")
    engine.run(timedelta(minutes=5))
    assert instance.custom_status["asks"]["question"] == "Tell everybody?"
    decide(engine, timedelta(minutes=1), "reject", asked="2")
    engine.run()
    assert instance.output["result"]["asked"] == "2"


def test_a_decision_at_the_moment_the_rung_is_over_still_counts():
    engine, instance = waiting()
    decide(engine, timedelta(seconds=600), "reject")
    engine.run()
    assert instance.output["result"]["decision"] == "reject"
    assert len(engine.called(names.NOTIFY)) == 1


def test_a_channel_that_is_down_does_not_keep_the_decision_from_being_taken():
    engine, instance = waiting(**{names.NOTIFY: raising})
    decide(engine, timedelta(minutes=2), "reject")
    engine.run()
    assert instance.output["degraded"] == ["notifications"]
    assert instance.output["status"] == "completed"
