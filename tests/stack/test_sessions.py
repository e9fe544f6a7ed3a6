"""A conversation across restarts: its session is resumed, or refused by name; a power cut answers once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.stack import start
from shared import names
from tests.stack.desk import Desk, Json, calling, problem, running, until
from tests.stack.model import Model, serving

ANA: Json = {"id": "u-1002", "email": "hr.analyst1@example.com"}
ANSWER: Json = {
    "outcome": "ask_requester", "answer": "Only on Wi-Fi?", "citations": [], "subject": "", "confidence": 0.7,
    "reason": "one fact decides",
}  # fmt: skip


@pytest.fixture
def model() -> Iterator[Model]:
    with serving(Model(SupportAnswer=ANSWER)) as model:
        yield model


@pytest.fixture
def stored(model: Model) -> dict[str, str]:
    return model.settings | {"MODEL_CONVERSATIONS": "service"}


def opened(desk: Desk) -> str:
    return desk.api.post("/conversations", json={"requester": ANA}).json()["thread"]


def told(desk: Desk, thread: str, text: str) -> Json:
    answer = desk.api.post(f"/conversations/{thread}/messages", json={"text": text})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "answered"
    return answer.json()


def said(desk: Desk, thread: str) -> list[str]:
    return [message["text"] for message in desk.api.get(f"/conversations/{thread}").json()["messages"]]


def test_a_restart_in_the_middle_of_a_conversation_resumes_its_session(
    tmp_path: Path, model: Model, stored: dict[str, str]
) -> None:
    with running(tmp_path, stored) as desk:
        thread = opened(desk)
        problem(desk.api.get(f"/conversations/{thread}/session"), 404)
        told(desk, thread, "My VPN drops.")
    with running(tmp_path, stored) as desk:
        session = desk.api.get(f"/conversations/{thread}/session").json()
        assert (session["agent"], session["kept_by"]) == ("support", "service")
        assert told(desk, thread, "Yes, only there.")["degraded"] == []
        assert said(desk, thread) == ["My VPN drops.", "Only on Wi-Fi?", "Yes, only there.", "Only on Wi-Fi?"]
    assert model.went_on_from == [None, "resp_1"]
    assert model.questions[-1]["recollection"]["history"] == []


def test_a_session_of_another_configuration_is_refused_by_name_and_the_conversation_goes_on_from_memory(
    tmp_path: Path, model: Model, stored: dict[str, str]
) -> None:
    with running(tmp_path, stored) as desk:
        thread = opened(desk)
        told(desk, thread, "My VPN drops.")
    with running(tmp_path, stored | {"OPENAI_MODEL": "another-model"}) as desk:
        refused = problem(desk.api.get(f"/conversations/{thread}/session"), 409)
        assert "another configuration (model)" in refused["detail"]
        assert told(desk, thread, "Yes, only there.")["degraded"] == ["session"]
        assert model.went_on_from == [None, None]
        history = model.questions[-1]["recollection"]["history"]
        assert [turn["text"] for turn in history] == ["My VPN drops.", "Only on Wi-Fi?"]
        assert told(desk, thread, "And now?")["degraded"] == []
        assert model.went_on_from[-1] == "resp_2"
        model.kept.clear()
        assert told(desk, thread, "Still there?")["degraded"] == ["model conversation"]


def test_a_power_cut_in_the_middle_of_a_turn_answers_it_once_and_repeats_no_call_that_was_kept(
    tmp_path: Path, model: Model, lasting_storage: str
) -> None:
    settings = model.settings | {"CONVERSATION_WAIT_S": "0", "AzureWebJobsStorage": lasting_storage}
    model.delays_s["SupportAnswer"] = 3.0
    stack = start(tmp_path, settings)
    with calling(stack) as desk:
        thread = opened(desk)
        accepted = desk.api.post(f"/conversations/{thread}/messages", json={"text": "My VPN drops."}).json()
        turn = names.turn_instance(thread, accepted["id"])
        until(lambda: list(model.asked), lambda asked: asked == ["SupportAnswer"])
        before = desk.activities(turn)
        assert names.RECALL in before
    stack.kill()
    model.delays_s.clear()
    stack = start(tmp_path, settings)
    with calling(stack) as desk:
        until(lambda: desk.activities(turn), lambda kept: names.ANSWER_REQUESTER in kept)
    stack.kill()
    with running(tmp_path, settings) as desk:
        location = accepted["links"]["self"].removeprefix("/api")
        answer = until(lambda: desk.api.get(location), lambda answer: answer.status_code == 200).json()
        assert (answer["status"], answer["answer"]) == ("answered", ANSWER["answer"])
        assert answer["usage"]["model_calls"] == 1
        assert said(desk, thread) == ["My VPN drops.", "Only on Wi-Fi?"]
        kept = desk.activities(turn)
    assert model.asked == ["SupportAnswer"] * 2, "the call that was cut off, and the one that was kept"
    assert kept[: len(before)] == before
    assert sorted(kept) == sorted(set(kept))
