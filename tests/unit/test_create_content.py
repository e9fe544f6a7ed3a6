"""A task made step by step: what it shows, what becomes of a step that fails, and how it is taken up again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrations.create_content import create_content
from shared import names
from shared.content import ArticleDraft, EditedArticle, NotedPoint, TopicNotes
from shared.exchanged import Answered
from shared.model import Model
from shared.tasks import ContentRequest
from shared.thinking import Citation
from tests.desk import OPENED_AT, screened, thought
from tests.engine import Activity, Engine, Instance
from tests.tasks import INSTANCE, TASK_ID, done, raising, task_input

SOURCE = Citation(id="vpn", title="VPN", section="Try this")
NOTES = TopicNotes(
    points=(NotedPoint(text="Plug in.", citation=SOURCE),), gaps=(), is_helpdesk=True, category="network"
)
DRAFT = ArticleDraft(title="VPN at home", body="## Try this\n\nPlug in.")
EDITED = EditedArticle(title="VPN at home", body="## Try this\n\nPlug in a cable.", changes=("Said what.",))
PUBLISHED = {"artifact": "articles/t1.md", "word_count": 12, "knowledge_draft": None}
THINKING: tuple[str, ...] = (names.RESEARCH_TOPIC, names.WRITE_ARTICLE, names.EDIT_ARTICLE)
ACTIVITY_OF: dict[str, str] = dict(zip(names.CONTENT_STEPS, (*THINKING, names.PUBLISH_ARTICLE), strict=True))


def engine(**overrides: Activity) -> Engine:
    answers: dict[str, Activity] = {
        names.RESEARCH_TOPIC: lambda _: thought(NOTES, "content-researcher"),
        names.WRITE_ARTICLE: lambda _: thought(DRAFT, "content-writer"),
        names.EDIT_ARTICLE: lambda _: thought(EDITED, "content-editor"),
        names.PUBLISH_ARTICLE: lambda _: PUBLISHED,
        names.RECORD_TASK: done,
        names.SCREEN: screened,
        names.GIVE_UP_TASK: done,
        names.STORE_RESULT: lambda given: {"blob": given["blob"], "size_bytes": given["size_bytes"]},
        names.NOTIFY: done,
    }
    return Engine({names.CREATE_CONTENT: create_content}, answers | overrides)


def made(**overrides: Activity) -> tuple[Engine, Instance]:
    running = engine(**overrides)
    instance = running.start(names.CREATE_CONTENT, INSTANCE, task_input())
    running.run()
    return running, instance


def failing(times: int, answer: Model) -> Activity:
    left = [times]

    def act(_: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise ConnectionError("the model is away")
        return thought(answer)

    return act


def saying(answer: Model) -> Activity:
    return lambda _: thought(answer)


def refusing(why: str) -> Activity:
    return lambda _: Answered(refused=why)


def test_each_step_builds_on_those_before_it_and_the_result_is_the_published_article():
    running, instance = made()
    done = [name for name, _ in running.calls if name != names.RECORD_TASK]
    assert done == [names.SCREEN, *THINKING, names.PUBLISH_ARTICLE]
    (written,) = running.called(names.WRITE_ARTICLE)
    assert written["notes"] == NOTES.model_dump(mode="json")
    (edited,) = running.called(names.EDIT_ARTICLE)
    assert edited["draft"] == DRAFT.model_dump(mode="json")
    assert instance.output["status"] == "completed"
    result = instance.output["result"]
    assert result["final_article"] == (
        "# VPN at home\n\n## Try this\n\nPlug in a cable.\n\n## Sources\n\n- VPN, Try this (vpn)\n"
    )
    assert (result["topic"], result["word_count"], result["artifact"]) == ("VPN at home", 12, "articles/t1.md")


def test_what_a_person_answered_reaches_the_researcher_and_is_not_lost_on_the_way():
    material = {"ticket_id": "t-1", "answer": "Plug in.", "category": "network", "language": "en"}
    running = engine()
    running.start(names.CREATE_CONTENT, INSTANCE, task_input(request={"topic": "VPN at home", "material": material}))
    running.run()
    for step in ACTIVITY_OF.values():
        assert running.called(step)[0]["material"] == material


def test_no_door_takes_what_counts_as_a_persons_answer():
    with pytest.raises(ValidationError):
        ContentRequest.model_validate({"topic": "VPN", "material": {"ticket_id": "t-1"}})


def test_every_step_shows_when_it_was_done_and_what_came_of_it():
    _, instance = made()
    steps = instance.output["steps"]
    assert [step["name"] for step in steps] == list(names.CONTENT_STEPS)
    assert all(step["completed_at"] and step["error"] is None for step in steps)
    assert [step["result"] for step in steps[1:]] == [
        DRAFT.model_dump(mode="json"), EDITED.model_dump(mode="json"), PUBLISHED,
    ]  # fmt: skip
    assert instance.output["usage"]["model_calls"] == 3


def test_a_running_task_shows_the_steps_to_come_without_a_time():
    shown: list[Any] = []
    running = engine()
    instance = running.start(names.CREATE_CONTENT, INSTANCE, task_input())

    def look(_: Any) -> Any:
        shown.append(instance.custom_status)
        return thought(EDITED)

    running.activities[names.EDIT_ARTICLE] = look
    running.run()
    (during,) = shown
    assert during["status"] == "running"
    assert [bool(step["completed_at"]) for step in during["steps"]] == [True, True, False, False]


def test_a_step_is_retried_after_five_ten_and_fifteen_seconds():
    running, instance = made(**{names.WRITE_ARTICLE: failing(3, DRAFT)})
    assert instance.output["status"] == "completed"
    assert len(running.called(names.WRITE_ARTICLE)) == 4
    assert running.now - OPENED_AT == timedelta(seconds=30)


@pytest.mark.parametrize("step", names.CONTENT_STEPS)
def test_a_step_that_used_up_its_retries_ends_the_task_with_its_name_and_a_dead_letter(step: str):
    activity = ACTIVITY_OF[step]
    running, instance = made(**{activity: raising})
    output = instance.output
    assert output["status"] == "failed"
    assert output["error"] == f"{step} failed: the model is away"
    assert [found["name"] for found in output["steps"] if found["error"]] == [step]
    assert len(running.called(activity)) == 4
    (letter,) = running.called(names.GIVE_UP_TASK)
    assert (letter["instance_id"], letter["step"], letter["attempts"]) == (INSTANCE, step, 4)
    steps: tuple[str, ...] = names.CONTENT_STEPS
    assert tuple(kept["name"] for kept in letter["given"]["done"]) == steps[: steps.index(step)]


def test_a_step_that_is_refused_is_not_tried_again():
    running, instance = made(**{names.RESEARCH_TOPIC: refusing("the content filter")})
    assert instance.output["error"] == "research failed: the content filter"
    assert len(running.called(names.RESEARCH_TOPIC)) == 1
    assert running.called(names.GIVE_UP_TASK)[0]["attempts"] == 1


def test_a_task_taken_up_again_skips_what_was_done_and_ends_as_it_would_have():
    broken, _ = made(**{names.EDIT_ARTICLE: raising})
    (letter,) = broken.called(names.GIVE_UP_TASK)
    again = engine()
    instance = again.start(names.CREATE_CONTENT, names.task_instance(TASK_ID, 1), letter["given"])
    again.run()
    assert [name for name, _ in again.calls if name in THINKING] == [names.EDIT_ARTICLE]
    _, undisturbed = made()
    assert instance.output["result"] == undisturbed.output["result"]
    assert [step["name"] for step in instance.output["steps"]] == list(names.CONTENT_STEPS)


def test_a_dead_letter_that_cannot_be_written_leaves_a_failed_instance_and_not_silence():
    _, instance = made(**{names.WRITE_ARTICLE: raising, names.GIVE_UP_TASK: raising})
    assert instance.failure is not None
    assert instance.custom_status["status"] == "failed"


def test_an_archive_that_is_down_costs_its_record_and_not_the_task():
    _, instance = made(**{names.RECORD_TASK: raising})
    assert instance.output["status"] == "completed"
    assert instance.output["degraded"] == ["archive"]


LONG = EDITED.model_copy(update={"body": "word " * 10_000})
HUGE = ArticleDraft(title="VPN", body="é" * 40_000)


def test_custom_status_stays_small_and_the_archive_has_what_it_leaves_out():
    running, instance = made(**{names.EDIT_ARTICLE: saying(LONG)})
    assert len(json.dumps(instance.custom_status).encode("utf-16-le")) < 16 * 1024
    recorded = [record["state"] for record in running.called(names.RECORD_TASK)]
    assert any(state["status"] == "running" and state["steps"][2]["result"] for state in recorded)
    assert instance.output["result"]["final_article"].count("word") == 10_000


def test_a_result_over_64_kib_is_carried_by_reference():
    running, instance = made(**{names.WRITE_ARTICLE: saying(HUGE)})
    (stored,) = running.called(names.STORE_RESULT)
    assert stored["content"] == HUGE.model_dump(mode="json")
    step = instance.output["steps"][1]
    assert step["result"] == {"blob": f"tasks/{INSTANCE}/write.json", "size_bytes": stored["size_bytes"]}
    assert stored["size_bytes"] > 64 * 1024


def test_a_task_taken_up_again_reads_a_stored_result_back():
    first, _ = made(**{names.WRITE_ARTICLE: saying(HUGE), names.EDIT_ARTICLE: raising})
    (letter,) = first.called(names.GIVE_UP_TASK)
    (stored,) = first.called(names.STORE_RESULT)

    def fetch(there: Any) -> Any:
        return {**there, "content": stored["content"]}

    again = engine(**{names.FETCH_RESULT: fetch})
    again.start(names.CREATE_CONTENT, names.task_instance(TASK_ID, 1), letter["given"])
    again.run()
    (edited,) = again.called(names.EDIT_ARTICLE)
    assert edited["draft"] == HUGE.model_dump(mode="json")
    assert not again.called(names.WRITE_ARTICLE)
