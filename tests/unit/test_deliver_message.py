"""A message reaches its ticket exactly once, also when the ticket ends at that very moment."""

from datetime import timedelta

from shared import names
from shared.delivery import Delivery, DeliveryInput
from shared.exchanged import Answered
from tests.desk import desk, message, policy
from tests.engine import Activity, Engine

DELIVERY = names.delivery_instance("t1", "m1")


def deliver(hand_over: Activity) -> Engine:
    engine = desk(**{names.HAND_OVER_MESSAGE: hand_over})
    delivery = Delivery(tenant="default", ticket_id="t1", message=message())
    given = DeliveryInput(delivery=delivery, policy=policy())
    engine.start(names.DELIVER_MESSAGE, DELIVERY, given.model_dump(mode="json"))
    return engine


def test_a_message_that_is_confirmed_is_handed_over_once():
    engine = deliver(lambda _: {"told": True, "why": "episode 1 was told"})
    engine.at(timedelta(seconds=1), lambda: engine.raise_event(DELIVERY, names.TAKEN_EVENT, {"by": "ticket-t1-1"}))
    engine.run()
    assert engine.instances[DELIVERY].output["told"] is True
    assert len(engine.called(names.HAND_OVER_MESSAGE)) == 1


def test_a_message_lost_at_the_end_of_an_episode_is_handed_over_again():
    engine = deliver(lambda _: {"told": True, "why": "told"})
    engine.at(timedelta(seconds=7), lambda: engine.raise_event(DELIVERY, names.TAKEN_EVENT, {"by": "ticket-t1-2"}))
    engine.run()
    assert engine.instances[DELIVERY].output["told"] is True
    assert len(engine.called(names.HAND_OVER_MESSAGE)) == 2


def test_a_confirmation_at_the_same_moment_as_the_timer_is_enough():
    engine = deliver(lambda _: {"told": True, "why": "told"})
    engine.at(timedelta(seconds=5), lambda: engine.raise_event(DELIVERY, names.TAKEN_EVENT, {"by": "ticket-t1-1"}))
    engine.run()
    assert len(engine.called(names.HAND_OVER_MESSAGE)) == 1


def test_a_ticket_whose_window_is_over_takes_no_message():
    engine = deliver(lambda _: {"told": False, "why": "closed"})
    engine.run()
    assert engine.instances[DELIVERY].output == {"told": False, "why": "closed"}


def test_a_runtime_that_is_down_for_a_while_delays_the_message_and_does_not_lose_it():
    answers = iter([Answered(refused="gone")] * 2)
    engine = deliver(lambda _: next(answers, {"told": True, "why": "told"}))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(DELIVERY, names.TAKEN_EVENT, {"by": "ticket-t1-1"}))
    engine.run()
    assert engine.instances[DELIVERY].output["told"] is True


def test_a_message_that_nobody_takes_fails_visibly():
    engine = deliver(lambda _: {"told": True, "why": "told"})
    engine.run()
    failure = engine.instances[DELIVERY].failure
    assert failure is not None
    assert "was not taken in" in failure
