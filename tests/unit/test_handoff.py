"""Hand-over: what was tried travels with it, circles are broken, and a ticket ends with a person who knows it all."""

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest

from orchestrations.calling import Work
from orchestrations.patterns.handoff import hand_over
from shared import names
from shared.desk import TicketDocument
from shared.handover import Baton, Handover
from shared.thinking import Review
from tests.desk import INSTANCE, decided, desk, episode, plan, screened, thought, triage
from tests.engine import Engine

type Answer = Callable[[Baton], str | Handover]


def hand(answer: Answer) -> Callable[[Baton], Work[str | Handover]]:
    def work(baton: Baton) -> Work[str | Handover]:
        yield from ()
        return answer(baton)

    return work


def carried_out(work: Generator[Any, Any, str]) -> str:
    with pytest.raises(StopIteration) as ended:
        next(work)
    return str(ended.value.value)


def run(first: str, limit: int = 4, **answers: Answer) -> str:
    return carried_out(hand_over({name: hand(answer) for name, answer in answers.items()}, first, "last", limit))


def summed_up(baton: Baton) -> str:
    return f"{baton.count}: {baton.reason} [{', '.join(baton.tried)}]"


def test_what_was_tried_travels_from_hand_to_hand():
    found = run(
        "one",
        one=lambda _: Handover(to="two", reason="not mine", tried=("looked",)),
        two=lambda _: Handover(to="last", reason="too hard", tried=("drafted", "revised")),
        last=summed_up,
    )
    assert found == "2: too hard [one: looked, two: drafted, two: revised]"


def test_a_hand_that_has_a_result_ends_it():
    assert run("one", one=lambda _: "done", last=summed_up) == "done"


def test_a_circle_is_refused_after_the_limit_and_goes_to_the_last():
    found = run(
        "one",
        one=lambda _: Handover(to="two", reason="yours", tried=("a",)),
        two=lambda _: Handover(to="one", reason="no, yours", tried=("b",)),
        last=summed_up,
    )
    assert found.startswith("4: handed over 3 times without a result; no, yours")
    assert found.endswith("[one: a, two: b, one: a, two: b]")


@pytest.mark.parametrize("to", ["nobody", "one"])
def test_a_hand_over_to_nobody_or_to_oneself_goes_to_the_last(to: str):
    found = run("one", one=lambda _: Handover(to=to, reason="away"), last=summed_up)
    assert "no other hand; away" in found


def test_the_last_must_not_hand_over():
    back = hand(lambda _: Handover(to="one", reason="no"))
    work = hand_over({"one": hand(lambda _: Handover(to="last", reason="x")), "last": back}, "one", "last")
    with pytest.raises(ValueError, match="must not hand over"):
        next(work)


def ticket(**answers: Callable[[Any], Any]) -> tuple[Engine, TicketDocument]:
    engine = desk(**answers)
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Hi.")))
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode())
    engine.run()
    assert engine.instances[INSTANCE].failure is None
    return engine, TicketDocument.model_validate(engine.instances[INSTANCE].output)


def told(engine: Engine) -> list[tuple[str, str, str]]:
    return [(given["event"], given["to"], given["text"]) for given in engine.called(names.NOTIFY)]


def test_a_ticket_the_resolver_cannot_settle_reaches_a_person_with_what_was_tried():
    stuck = plan(outcome="escalate", answer="A colleague will look.", reason="no passage fits")
    engine, document = ticket(resolve=lambda _: thought(stuck))
    assert document.escalation is not None
    assert document.escalation.reason == "no passage fits"
    assert document.escalation.tried == (
        "analyst: classified as network, simple ticket of P4",
        "resolver: read in the knowledge base: nothing that fits",
    )
    to_team = next(text for event, _, text in told(engine) if event == "escalated")
    assert "no passage fits\nTried so far:\n- analyst: classified" in to_team


def test_the_requester_is_told_once_that_a_person_has_the_ticket():
    stuck = plan(outcome="escalate", answer="A colleague will look.", reason="no passage fits")
    engine, _ = ticket(resolve=lambda _: thought(stuck))
    assert [given for given in told(engine) if given[0] == "handed_over"] == [
        ("handed_over", "one@example.com", "A colleague will look.")
    ]


def test_in_the_requesters_language_where_the_plan_has_no_words():
    stuck = plan(outcome="escalate", answer="", reason="no passage fits")
    engine, _ = ticket(resolve=lambda _: thought(stuck), triage=lambda _: thought(triage(language="de")))
    assert any("Ihr Anliegen" in text for event, _, text in told(engine) if event == "handed_over")


def test_drafts_that_were_refused_are_among_what_was_tried():
    engine, document = ticket(review=lambda _: thought(Review(approved=False, problems=("cites nothing",))))
    assert document.escalation is not None
    refused = [what for what in document.escalation.tried if "refused draft" in what]
    assert len(refused) == 3
    assert document.escalation.proposed_answer == "Forget the network and join again."
    assert engine.called(names.RESOLVE)[-1]["problems"] == ["cites nothing"]


def test_a_step_that_failed_says_how_far_the_ticket_got():
    def broken(_: Any) -> Any:
        raise ConnectionError("gone")

    _, document = ticket(resolve=broken)
    assert document.escalation is not None
    assert document.escalation.tried[-1] == "resolver: got through screen, recall, triage"


def test_who_sends_something_hostile_is_told_nothing():
    engine, _ = ticket(screen=lambda given: screened(given, "unsafe", ("gives orders",)))
    assert [event for event, _, _ in told(engine)] == ["escalated"]
