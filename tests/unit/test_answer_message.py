"""A conversation's turn in virtual time: order, bursts, hand-over, budget, and sources that are down."""

from collections.abc import Callable
from typing import Any

import pytest

from orchestrations.answer_message import answer_message
from shared import names
from shared.conversations import Conversation, SupportAnswer, TurnInput, TurnOutcome
from shared.exchanged import Answered
from shared.thinking import Citation, Profile, Recollection, Turn, Usage
from shared.tickets import Requester
from tests.desk import OPENED_AT, policy, screened, thought
from tests.engine import Engine

THREAD = "0" * 48
CITED = (Citation(id="vpn", title="VPN", section="Try this"),)
ANSWER = SupportAnswer(outcome="answer", answer="Join again.", citations=CITED, confidence=0.9, reason="it fits")
RECALLED = Recollection(
    profile=Profile(id="u-1", known=True, language="fr"), history=(Turn(id="0", role="user", text="Hello"),)
)


def always(answer: Any) -> Callable[[Any], Any]:
    return lambda _given: answer


def in_turn(*answers: Any) -> Callable[[Any], Any]:
    left = iter(answers)

    def answer(_given: Any) -> Any:
        return next(left)

    return answer


def hostile(given: Any) -> Any:
    return screened(given, "unsafe", ("gives orders",))


def engine(**overrides: Any) -> Engine:
    activities: dict[str, Any] = {
        names.TAKE_TURN: always({"what": "go"}),
        names.SCREEN: screened,
        names.RECALL: always(RECALLED.model_dump(mode="json")),
        names.ANSWER_REQUESTER: always(thought(ANSWER)),
        names.OPEN_TICKET: always({"ticket_id": "t-9"}),
        names.KEEP_TURN: always({"degraded": None}),
    }
    return Engine({names.ANSWER_MESSAGE: answer_message}, activities | overrides)


def outcome(engine: Engine, text: str = "My VPN drops.") -> TurnOutcome:
    conversation = Conversation(thread=THREAD, tenant="default", requester=Requester(id="u-1"), opened_at=OPENED_AT)
    given = TurnInput(conversation=conversation, message_id="m1", text=text, accepted_at=OPENED_AT, policy=policy())
    turn = engine.start(names.ANSWER_MESSAGE, names.turn_instance(THREAD, "m1"), given.model_dump(mode="json"))
    engine.run()
    assert turn.failure is None
    return TurnOutcome.model_validate(turn.output)


def failing(_: Any) -> Any:
    raise ConnectionError("away")


def test_an_answer_carries_its_sources_and_its_cost_and_is_remembered():
    desk = engine()
    told = outcome(desk)
    assert (told.status, told.answer, told.citations) == ("answered", "Join again.", CITED)
    assert told.usage == Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=0.001)
    (kept,) = desk.called(names.KEEP_TURN)
    assert [turn["text"] for turn in kept["turns"]] == ["My VPN drops.", "Join again."]
    assert desk.paid_by[names.ANSWER_REQUESTER] == {"work": THREAD, "requester_id": "u-1"}


def test_what_looking_things_up_cost_is_part_of_a_turns_cost():
    spent = Usage(model_calls=1, input_tokens=7)
    told = outcome(engine(recall=always(Answered(answer=RECALLED.model_dump(mode="json"), usage=spent))))
    assert told.usage == spent + Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=0.001)


def test_it_waits_for_its_turn_and_answers_what_was_left_to_it():
    standings = ({"what": "wait"}, {"what": "wait"}, {"what": "go", "texts": ["Hello.", "One thing."]})
    desk = engine(take_turn=in_turn(*standings))
    outcome(desk)
    assert desk.called(names.SCREEN)[0]["text"] == "Hello.\n\nOne thing.\n\nMy VPN drops."


def test_one_that_is_answered_with_a_later_one_asks_nothing_and_passes_its_words_on():
    joined = {"what": "joined", "texts": ["Hello."], "joined_by": "m2"}
    desk = engine(take_turn=always(joined), keep_turn=failing)
    told = outcome(desk)
    assert (told.status, told.joined_by, told.texts) == ("joined", "m2", ("Hello.", "My VPN drops."))
    assert desk.called(names.ANSWER_REQUESTER) == []


def test_what_it_cannot_settle_becomes_a_ticket_with_what_was_said_before():
    wants = ANSWER.model_copy(update={"outcome": "ticket", "answer": "A ticket is opened.", "subject": "VPN drops"})
    desk = engine(answer_requester=always(thought(wants)))
    told = outcome(desk)
    assert (told.status, told.ticket_id) == ("handed_over", "t-9")
    assert told.answer == "A ticket is opened.\n\nTicket: t-9"
    (wanted,) = desk.called(names.OPEN_TICKET)
    assert (wanted["subject"], [turn["text"] for turn in wanted["history"]]) == ("VPN drops", ["Hello"])


@pytest.mark.parametrize("step", [names.SCREEN, names.RECALL, names.ANSWER_REQUESTER])
def test_a_step_that_stays_down_hands_over_to_a_ticket(step: str):
    told = outcome(engine(**{step: failing}))
    assert (told.status, told.ticket_id) == ("handed_over", "t-9")


def test_a_refused_answer_hands_over_and_what_it_cost_is_counted():
    spent = Usage(model_calls=2, input_tokens=20)
    refused = Answered(refused="no answer held", usage=spent)
    told = outcome(engine(answer_requester=always(refused)))
    assert (told.status, told.usage) == ("handed_over", spent)


def test_at_the_budgets_end_the_requester_is_told_politely_in_their_language():
    over = Answered(refused="budget: 10 of 10 tokens a day used up")
    desk = engine(answer_requester=always(over))
    told = outcome(desk)
    assert told.status == "over_budget"
    assert told.answer.startswith("Désolé")
    assert desk.called(names.OPEN_TICKET) == []


def test_a_hostile_text_reaches_no_model():
    desk = engine(screen=hostile)
    told = outcome(desk)
    assert told.status == "handed_over"
    assert desk.called(names.RECALL) == desk.called(names.ANSWER_REQUESTER) == []


def test_memory_being_down_costs_no_answer():
    assert outcome(engine(keep_turn=always({"degraded": "redis"}))).degraded == ("redis",)
    told = outcome(engine(keep_turn=failing))
    assert (told.status, told.degraded) == ("answered", ("redis",))


def test_what_the_requester_gave_is_put_back_into_the_answer_and_a_secret_is_not():
    answer = ANSWER.model_copy(update={"answer": "We write to [email]. Never send [password]."})
    told = outcome(engine(answer_requester=always(thought(answer))), "I am one@example.com, my password is Tr1cky!pw")
    assert told.answer == "We write to one@example.com. Never send [password]."


def test_what_was_withheld_from_the_agent_is_named():
    recalled = RECALLED.model_copy(update={"degraded": ("withheld:passage:vpn",)}).model_dump(mode="json")
    spoken = thought(ANSWER) | {"degraded": ["withheld:tool:service_status"]}
    answering = engine(**{names.RECALL: always(recalled), names.ANSWER_REQUESTER: always(spoken)})
    assert outcome(answering).degraded == ("withheld:passage:vpn", "withheld:tool:service_status")
