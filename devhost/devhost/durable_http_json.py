"""JSON shapes of the Durable HTTP API, and reading its parameters."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import durabletask.internal.orchestrator_service_pb2 as pb
from aiohttp import web
from google.protobuf import timestamp_pb2

from devhost.durable_events import optional_text

API_PATH = "/runtime/webhooks/durabletask"

STATUS_NAMES = {
    pb.ORCHESTRATION_STATUS_RUNNING: "Running",
    pb.ORCHESTRATION_STATUS_COMPLETED: "Completed",
    pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW: "ContinuedAsNew",
    pb.ORCHESTRATION_STATUS_FAILED: "Failed",
    pb.ORCHESTRATION_STATUS_CANCELED: "Canceled",
    pb.ORCHESTRATION_STATUS_TERMINATED: "Terminated",
    pb.ORCHESTRATION_STATUS_PENDING: "Pending",
    pb.ORCHESTRATION_STATUS_SUSPENDED: "Suspended",
}
_STATUSES_BY_NAME = {name.lower(): status for status, name in STATUS_NAMES.items()}


class BadRequestError(ValueError):
    """A parameter or the body cannot be read."""


def json_value(serialized: str | None) -> Any:
    """Parse a stored payload; what is no JSON is shown as it is."""
    if serialized is None:
        return None
    try:
        return json.loads(serialized)
    except ValueError:
        return serialized


def _second(at: timestamp_pb2.Timestamp) -> str:
    return at.ToDatetime().strftime("%Y-%m-%dT%H:%M:%SZ")


def status_json(state: pb.OrchestrationState, *, show_input: bool) -> dict[str, Any]:
    """Show an instance as the extension does; the output of a failed one is its error."""
    output = json_value(optional_text(state, "output"))
    if output is None and state.HasField("failureDetails"):
        output = f"Orchestrator function '{state.name}' failed: {state.failureDetails.errorMessage}"
    return {
        "name": state.name,
        "instanceId": state.instanceId,
        "runtimeStatus": STATUS_NAMES[state.orchestrationStatus],
        "input": json_value(optional_text(state, "input")) if show_input else None,
        "customStatus": json_value(optional_text(state, "customStatus")),
        "output": output,
        "createdTime": _second(state.createdTimestamp),
        "lastUpdatedTime": _second(state.lastUpdatedTimestamp),
    }


def history_json(events: list[pb.HistoryEvent], *, show_input: bool, show_output: bool) -> list[Any]:
    """Show a history as the extension does, scheduling and outcome of a task in one entry."""
    from azure.durable_functions.internal.compat.history_projection import project_history
    from durabletask.internal.history_helpers import collect_history_events

    collected = collect_history_events([pb.HistoryChunk(events=events)])
    return project_history(collected, show_input=show_input, show_history_output=show_output)


def entity_json(entity: pb.EntityMetadata, *, fetch_state: bool) -> dict[str, Any]:
    """Show an entity in a list."""
    _, name, key = entity.instanceId.split("@", 2)
    shown: dict[str, Any] = {
        "entityId": {"name": name, "key": key},
        "lastOperationTime": _second(entity.lastModifiedTime),
    }
    if fetch_state:
        shown["state"] = json_value(optional_text(entity, "serializedState"))
    return shown


def management_links(request: web.Request, instance_id: str) -> dict[str, str]:
    """Build the links that a client manages an instance with, on the origin it came to."""
    instance = f"{request.url.origin()}{API_PATH}/instances/{quote(instance_id, safe='')}"
    return {
        "id": instance_id,
        "statusQueryGetUri": instance,
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}",
        "rewindPostUri": f"{instance}/rewind?reason={{text}}",
        "purgeHistoryDeleteUri": instance,
        "restartPostUri": f"{instance}/restart",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}",
        "resumePostUri": f"{instance}/resume?reason={{text}}",
    }


def flag(request: web.Request, name: str, default: bool = False) -> bool:
    """Read a parameter that is true or false; anything else counts as not given."""
    return {"true": True, "false": False}.get(request.query.get(name, "").lower(), default)


def number(request: web.Request, name: str) -> int:
    """Read a number, 0 when it is not given.

    Raises:
        BadRequestError: it is no number.
    """
    try:
        return int(request.query.get(name, "0"))
    except ValueError:
        raise BadRequestError(f"'{name}' is not a number.") from None


def moment(request: web.Request, name: str) -> timestamp_pb2.Timestamp | None:
    """Read an ISO 8601 time, UTC unless it says otherwise; None when it is not given.

    Raises:
        BadRequestError: it is no time.
    """
    value = request.query.get(name)
    if not value:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        read = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
    except ValueError:
        raise BadRequestError(f"'{name}' is not an ISO 8601 time.") from None
    result = timestamp_pb2.Timestamp()
    result.FromDatetime(read if read.tzinfo else read.replace(tzinfo=UTC))
    return result


def statuses(request: web.Request) -> list[pb.OrchestrationStatus]:
    """Read the runtime statuses asked for, given once or several times, separated by commas.

    Raises:
        BadRequestError: one is unknown.
    """
    names: Iterable[str] = ",".join(request.query.getall("runtimeStatus", [])).split(",")
    wanted = [name.strip().lower() for name in names if name.strip()]
    unknown = [name for name in wanted if name not in _STATUSES_BY_NAME]
    if unknown:
        raise BadRequestError(f"Unknown runtimeStatus: {', '.join(unknown)}.")
    return [_STATUSES_BY_NAME[name] for name in wanted]


async def json_body(request: web.Request) -> str | None:
    """Read a JSON body as the text it came as, None when there is none.

    Raises:
        BadRequestError: it is no JSON.
    """
    try:
        body = await request.text()
        if not body:
            return None
        json.loads(body)
    except ValueError:
        raise BadRequestError("The body is not valid JSON.") from None
    return body
