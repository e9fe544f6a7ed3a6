"""What thinking cost stands on the ticket and the task, also where nothing came of it."""

from datetime import timedelta
from typing import Any

import pytest

from activities.task_intake import task_input as intake
from orchestrations.create_content import create_content
from shared import names
from shared.desk import TicketDocument
from shared.exchanged import Answered
from shared.tasks import ResearchRequest, TaskInput, TaskType
from shared.thinking import Usage
from shared.tickets import Requester
from tests.collaboration import crew, start
from tests.collaboration import run as run_task
from tests.desk import INSTANCE as TICKET_INSTANCE
from tests.desk import TICKET_ID, answers, desk, episode, policy, run, screened, thought, triage
from tests.engine import Engine
from tests.tasks import INSTANCE, TASK_ID, done, task_input

SPENT = Usage(model_calls=2, input_tokens=20, output_tokens=10, cost_usd=0.002)
ONE = Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=0.001)


def refused(why: str = "no answer held") -> Answered:
    return Answered(refused=why, usage=SPENT)


def always_refused(_: Any) -> Answered:
    return refused()


def over_budget(_: Any) -> Answered:
    return refused("budget: used up")


def escalated(engine: Engine) -> TicketDocument:
    """The ticket as a person is shown it."""
    engine.start(names.RESOLVE_TICKET, TICKET_INSTANCE, episode())
    engine.run(until=timedelta(seconds=1))
    shown = TicketDocument.model_validate(engine.called(names.RECORD)[-1])
    assert shown.status == "escalated"
    return shown


def test_what_a_refused_step_cost_is_counted_on_the_ticket():
    shown = escalated(desk(triage=lambda _: refused()))
    assert shown.usage == SPENT
    assert [step.usage for step in shown.steps if step.name == names.TRIAGE] == [SPENT]


def test_what_failed_attempts_cost_is_added_to_the_one_that_held():
    attempts = iter([Answered(error="down", usage=SPENT), Answered(answer=thought(triage()))])
    ended = run(desk(triage=lambda _: next(attempts)))
    assert next(step.usage for step in ended.steps if step.name == names.TRIAGE) == SPENT + ONE
    assert ended.usage == SPENT + ONE + ONE + ONE


def test_what_looking_things_up_cost_is_counted_on_the_ticket():
    recalled = Answered(answer=answers()[names.RECALL]({}), usage=SPENT)
    ended = run(desk(recall=lambda _: recalled))
    assert [step.usage for step in ended.steps if step.name == names.RECALL] == [SPENT]
    assert ended.usage == SPENT + ONE + ONE + ONE


def test_what_a_specialist_looked_up_is_counted_with_what_it_thought():
    consulted = Answered(answer=answers()[names.CONSULT]({"role": "history"}), usage=SPENT)
    ended = run(desk(triage=lambda _: thought(triage(complexity="complex")), consult=lambda _: consulted))
    looked_up = [step.usage for step in ended.steps if step.name == names.CONSULT]
    assert looked_up == [SPENT + ONE] * len(looked_up) != []


def test_a_ticket_over_its_budget_goes_to_a_person_who_reads_why():
    shown = escalated(desk(resolve=lambda _: refused("budget: 900 of 800 tokens of this work used up")))
    assert shown.escalation is not None
    assert "budget: 900 of 800 tokens" in shown.escalation.reason


def test_an_answer_that_was_refused_first_is_recorded_as_a_doubt():
    doubted = thought(triage()) | {"doubts": ["category: 'coffee_machine' is no category"]}
    ended = run(desk(triage=lambda _: doubted))
    assert next(step.doubts for step in ended.steps if step.name == names.TRIAGE) == tuple(doubted["doubts"])


def failing_once(role: str, then: Any) -> Any:
    """An activity of several branches: the first attempt of one costs and fails, or all of its attempts do."""
    attempts = iter([Answered(error="down", usage=SPENT)])

    def answer(given: Any) -> Any:
        return next(attempts, then) if given["role"] == role else answers()[names.CONSULT](given)

    return answer


@pytest.mark.parametrize(
    ("then", "cost"),
    [(answers()[names.CONSULT]({"role": "history"}), SPENT + ONE), (refused(), SPENT + SPENT)],
    ids=["which then answers", "which never does"],
)
def test_what_failed_attempts_of_a_branch_cost_is_counted_on_the_ticket(then: Any, cost: Usage):
    ended = run(desk(triage=lambda _: thought(triage(complexity="complex")), consult=failing_once("history", then)))
    consulted = [step.usage for step in ended.steps if step.name == names.CONSULT and step.usage != ONE]
    assert consulted == [cost]
    assert ended.usage == sum((step.usage for step in ended.steps if step.usage), start=Usage())


def test_what_a_voter_without_an_answer_cost_is_counted_on_the_ticket():
    doubtful = thought(triage(confidence=0.1))
    shown = escalated(desk(triage=lambda _: doubtful, vote=lambda _: refused()))
    votes = [step for step in shown.steps if step.name == names.VOTE]
    assert [step.usage for step in votes] == [SPENT] * len(names.VOTERS)
    assert "had no answer" in votes[0].outcome


@pytest.mark.parametrize(
    ("kind", "request_", "activity"),
    [
        ("research", {"query": "Why?", "deadline_s": 30}, names.INVESTIGATE),
        ("consensus", {"question": "Back?", "options": ["yes", "no"]}, names.CAST_BALLOT),
    ],
)
def test_what_failed_branches_of_a_task_cost_is_counted(kind: TaskType, request_: dict[str, Any], activity: str):
    engine = crew(**{activity: always_refused})
    start(engine, kind, request_)
    engine.run(until=timedelta(seconds=1))
    asked = len(engine.called(activity))
    assert asked > 1
    recorded = engine.called(names.RECORD_TASK)[-1]["state"]
    assert Usage.model_validate(recorded["usage"]) == sum([SPENT] * asked, start=Usage())


def test_a_task_goes_on_the_account_of_whom_it_is_done_for():
    engine = crew()
    run_task(engine, "research", {"query": "Why?", "requester": {"id": "u-1"}})
    assert engine.paid_by[names.INVESTIGATE] == {"work": TASK_ID, "requester_id": "u-1"}


def test_every_step_says_on_whose_account_it_is():
    engine = desk()
    run(engine)
    assert engine.paid_by[names.TRIAGE] == {"work": TICKET_ID, "requester_id": "u-1"}


def test_a_task_over_its_budget_fails_with_what_it_cost_and_a_dead_letter():
    activities: dict[str, Any] = {
        names.RECORD_TASK: done,
        names.SCREEN: screened,
        names.RESEARCH_TOPIC: over_budget,
        names.GIVE_UP_TASK: done,
    }
    engine = Engine({names.CREATE_CONTENT: create_content}, activities)
    engine.start(names.CREATE_CONTENT, INSTANCE, task_input())
    engine.run()
    output = engine.instances[INSTANCE].output
    assert output["status"] == "failed"
    assert Usage.model_validate(output["usage"]) == SPENT
    (letter,) = engine.called(names.GIVE_UP_TASK)
    assert letter["why"] == "budget: used up"


def test_a_body_without_a_requester_is_the_request_that_it_was_before_bodies_could_name_one():
    def taken_in(request: ResearchRequest) -> TaskInput:
        return intake("research", request, "t", tenant="default", policy=policy(), correlation_id="c")

    plain = taken_in(ResearchRequest(query="Why?"))
    assert "requester" not in plain.request
    assert taken_in(ResearchRequest(query="Why?", requester=Requester(id="u-1"))).body_hash != plain.body_hash
