"""A task as its orchestration is started with it, and activities that do no more than succeed or fail."""

from typing import Any

from shared import names
from shared.tasks import TaskInput
from tests.desk import OPENED_AT, policy

TASK_ID = "t1"
INSTANCE = names.task_instance(TASK_ID)


def task_input(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "task_id": TASK_ID, "type": "create_content", "tenant": "default", "correlation_id": "c-1",
        "request": {"topic": "VPN at home"}, "policy": policy(), "created_at": OPENED_AT,
    }  # fmt: skip
    return TaskInput.model_validate(plain | changes).model_dump(mode="json")


def done(_: Any) -> Any:
    return {"degraded": None}


def raising(_: Any) -> Any:
    raise ConnectionError("the model is away")
