"""What a person answered comes back as an answer of the desk, once a person has approved it, and not before."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import httpx
import pytest
from azure.storage.blob import ContainerClient

from shared.knowledge import DraftDecision
from tests.stack.desk import Desk, Json, problem, running, until

SUBJECT = "Franking scale shows E77"
ANSWER = (
    "1. Lift the pan and clean the franking sensor.\n2. Hold the tare key until E77 is gone, or ring +49 151 23456789."
)
DRAFT = """---
id: {id}
title: Draft {id}
category: general
keywords: [{id}]
updated: 2026-03-01
---

## What helped
Turn it off and on.
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = {"MESSAGE_BURST_S": "0.2", "RETRY_FIRST_DELAY_S": "0.2", "KNOWLEDGE_REFRESH_S": "0"}
    with running(tmp_path_factory.mktemp("drafts"), settings) as desk:
        yield desk


@pytest.fixture
def draft_id(desk: Desk) -> str:
    """A draft that nobody has decided on."""
    draft_id = f"zz-{uuid.uuid4().hex}"
    put(desk, draft_id, DRAFT.format(id=draft_id))
    return draft_id


def put(desk: Desk, draft_id: str, text: str) -> None:
    with ContainerClient.from_connection_string(desk.stack.storage, "desk") as container:
        if not container.exists():
            container.create_container()
        container.upload_blob(f"knowledge/drafts/{draft_id}.md", text.encode())


def article(desk: Desk, draft_id: str) -> str | None:
    with ContainerClient.from_connection_string(desk.stack.storage, "desk") as container:
        blob = container.get_blob_client(f"knowledge/articles/{draft_id}.md")
        return blob.download_blob().readall().decode() if blob.exists() else None


def waiting(desk: Desk) -> dict[str, Json]:
    items = desk.api.get("/knowledge/drafts", params={"limit": 200}).json()["items"]
    return {item["id"]: item for item in items}


def decide(desk: Desk, draft_id: str, decision: str = "approve", **more: str) -> httpx.Response:
    body = {"decision": decision, "by": "editor"} | more
    return desk.api.post(f"/knowledge/drafts/{draft_id}/decision", json=body)


def franking(desk: Desk, text: str) -> str:
    return desk.open({"subject": SUBJECT, "description": text, "requester": {"id": "u-1002"}})


def test_a_persons_answer_becomes_a_task_then_a_draft_then_what_the_desk_answers_with(desk: Desk) -> None:
    first = franking(desk, "The franking scale in the mail room shows E77.")
    desk.until_status(first, "escalated")
    assert desk.decide(first, "answer", answer=ANSWER).status_code == 202
    drafts = until(lambda: waiting(desk), lambda drafts: any(_learnt(one, first) for one in drafts.values()))
    (learnt,) = [one for one in drafts.values() if _learnt(one, first)]
    assert (learnt["title"], learnt["problem"]) == (SUBJECT, None)
    assert learnt["created_at"]
    shown = desk.api.get(f"/knowledge/drafts/{learnt['id']}").json()
    assert "Hold the tare key until E77 is gone, or ring [phone]." in shown["text"]
    assert shown["decided"] is None
    tasks = desk.api.get("/tasks", params={"type": "create_content"}).json()["items"]
    assert [learnt["id"].endswith(task["id"][:8]) for task in tasks] == [True]

    before = franking(desk, "Our franking scale shows E77 again.")
    desk.until_status(before, "escalated")
    assert decide(desk, learnt["id"]).status_code == 200
    answered = desk.until_status(franking(desk, "E77 on the franking scale."), "resolved", "escalated")
    assert answered["status"] == "resolved", answered
    assert learnt["id"] in [citation["id"] for citation in answered["citations"]]
    assert "clean the franking sensor" in answered["answer"]


def _learnt(draft: Json, ticket_id: str) -> bool:
    return draft["source"] == f"/api/tickets/{ticket_id}"


def test_of_many_clicks_at_once_one_decides(desk: Desk, draft_id: str) -> None:
    with ThreadPoolExecutor(8) as clicks:
        answers = list(clicks.map(partial(decide, desk, draft_id), ["approve", "reject"] * 4))
    (counts,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert desk.api.get(f"/knowledge/drafts/{draft_id}").json()["decided"]["id"] == counts["id"]
    assert (article(desk, draft_id) is not None) == (counts["decision"] == "approve")
    assert draft_id not in waiting(desk)
    assert "editor decided already" in problem(decide(desk, draft_id), 409)["detail"]


def test_a_rejected_draft_is_never_served(desk: Desk, draft_id: str) -> None:
    told = decide(desk, draft_id, "reject", note="wrong").json()
    assert (told["draft"], told["decision"], told["by"], told["note"]) == (draft_id, "reject", "editor", "wrong")
    problem(decide(desk, draft_id), 409)
    assert article(desk, draft_id) is None


def test_what_a_crash_left_undone_of_an_approval_is_done_when_somebody_asks_again(desk: Desk, draft_id: str) -> None:
    kept = DraftDecision(
        id="d", draft=draft_id, decision="approve", by="lost", at=datetime.now(UTC), article=DRAFT.format(id=draft_id)
    )
    with ContainerClient.from_connection_string(desk.stack.storage, "desk") as container:
        container.upload_blob(f"knowledge/decided/{draft_id}.json", kept.model_dump_json().encode())
    assert "lost decided already" in problem(decide(desk, draft_id), 409)["detail"]
    assert article(desk, draft_id) == kept.article


def test_an_article_that_was_withdrawn_stays_so(desk: Desk, draft_id: str) -> None:
    assert decide(desk, draft_id).status_code == 200
    with ContainerClient.from_connection_string(desk.stack.storage, "desk") as container:
        container.delete_blob(f"knowledge/articles/{draft_id}.md")
    problem(decide(desk, draft_id), 409)
    assert article(desk, draft_id) is None


@pytest.mark.parametrize("front", [True, False])
def test_a_person_may_edit_what_they_approve(desk: Desk, draft_id: str, front: bool) -> None:
    body = "## What helped\nTurn it off, wait, turn it on."
    head = DRAFT.format(id=draft_id).partition("## ")[0]
    assert decide(desk, draft_id, text=head + body if front else body).status_code == 200
    served = article(desk, draft_id) or ""
    assert "Turn it off, wait, turn it on." in served
    assert f"id: {draft_id}\n" in served


@pytest.mark.parametrize("text", ["---\nno front matter", DRAFT.format(id="passwords"), "## Only a heading\n"])
def test_an_edited_text_that_is_no_article_of_this_draft_is_refused_and_decides_nothing(
    desk: Desk, draft_id: str, text: str
) -> None:
    problem(decide(desk, draft_id, text=text), 400)
    assert draft_id in waiting(desk)


def test_a_draft_that_is_broken_is_listed_with_its_problem_and_approved_only_when_mended(desk: Desk) -> None:
    draft_id = f"zz-{uuid.uuid4().hex}"
    put(desk, draft_id, "no front matter")
    assert "front matter" in waiting(desk)[draft_id]["problem"]
    problem(decide(desk, draft_id), 422)
    assert decide(desk, draft_id, text=DRAFT.format(id=draft_id)).status_code == 200


def test_the_list_goes_on_where_the_page_before_ended(desk: Desk) -> None:
    for _ in range(3):
        draft_id = f"zz-{uuid.uuid4().hex}"
        put(desk, draft_id, DRAFT.format(id=draft_id))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, str | int] = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = desk.api.get("/knowledge/drafts", params=params).json()
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == sorted(waiting(desk))
    problem(desk.api.get("/knowledge/drafts", params={"cursor": "anything"}), 400)


@pytest.mark.parametrize("draft_id", ["nobody-knows", "..", "%2e%2e%2farticles", "UPPER", "a" * 200])
def test_a_draft_that_is_not_there_is_not_found(desk: Desk, draft_id: str) -> None:
    assert desk.api.get(f"/knowledge/drafts/{draft_id}x").status_code == 404
    assert decide(desk, f"{draft_id}x").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "approve"},
        {"decision": "maybe", "by": "editor"},
        {"decision": "reject", "by": "editor", "text": "x"},
    ],
)
def test_a_decision_that_says_too_little_is_refused(desk: Desk, draft_id: str, body: Json) -> None:
    problem(desk.api.post(f"/knowledge/drafts/{draft_id}/decision", json=body), 400)
