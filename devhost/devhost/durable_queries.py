"""Reading instances and entities: one, many by filter in pages, ids by completion."""

import base64
import json
from typing import Any, cast

import durabletask.internal.orchestrator_service_pb2 as pb

from devhost.durable_events import optional_text, text, timestamp
from devhost.store import Transaction

DEFAULT_PAGE = 100
_INSTANCE = "SELECT instances.*, inputs.input FROM instances LEFT JOIN inputs ON inputs.instance_id = id"


def _cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _position(cursor: str | None, length: int) -> list[Any] | None:
    """Decode a continuation token.

    Raises:
        ValueError: the token was not made here.
    """
    if not cursor:
        return None
    key = json.loads(base64.urlsafe_b64decode(cursor))
    if not isinstance(key, list) or len(cast(list[Any], key)) != length:
        raise ValueError("the continuation token was not made here")
    return cast(list[Any], key)


class _Filter:
    """Conditions of a query, joined by AND."""

    def __init__(self) -> None:
        self.conditions: list[str] = ["1 = 1"]
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values

    def add_range(self, column: str, message: Any, lower: str, upper: str) -> None:
        if message.HasField(lower):
            self.add(f"{column} >= ?", getattr(message, lower).ToMicroseconds())
        if message.HasField(upper):
            self.add(f"{column} < ?", getattr(message, upper).ToMicroseconds())

    def add_statuses(self, statuses: Any) -> None:
        if statuses:
            self.add(f"status IN ({','.join('?' * len(statuses))})", *statuses)

    def add_prefix(self, prefix: str | None) -> None:
        if prefix:
            self.add("substr(id, 1, ?) = ?", len(prefix), prefix)

    def __str__(self) -> str:
        return " AND ".join(self.conditions)


def state_of(row: Any, include_payloads: bool) -> pb.OrchestrationState:
    """Build the public state of an instance from its row joined with its input."""
    started = pb.ExecutionStartedEvent.FromString(row["started"])
    details = row["failure"]
    completed = row["completed_at"]
    return pb.OrchestrationState(
        instanceId=row["id"],
        name=row["name"],
        version=started.version if started.HasField("version") else None,
        orchestrationStatus=row["status"],
        scheduledStartTimestamp=started.scheduledStartTimestamp
        if started.HasField("scheduledStartTimestamp")
        else None,
        createdTimestamp=timestamp(row["created_at"]),
        lastUpdatedTimestamp=timestamp(row["updated_at"]),
        completedTimestamp=timestamp(completed) if completed is not None else None,
        input=text(row["input"]) if include_payloads else None,
        output=text(row["output"]) if include_payloads else None,
        customStatus=text(row["custom_status"]),
        failureDetails=pb.TaskFailureDetails.FromString(details) if details is not None else None,
        executionId=text(row["execution_id"]),
        parentInstanceId=text(row["parent_id"]),
        tags=started.tags,
    )


def get_instance(tx: Transaction, instance_id: str, include_payloads: bool) -> pb.OrchestrationState | None:
    """Read one instance's state, None when the id is unknown."""
    row = tx.one(f"{_INSTANCE} WHERE id = ?", instance_id)
    return None if row is None else state_of(row, include_payloads)


def query_instances(tx: Transaction, query: pb.InstanceQuery) -> pb.QueryInstancesResponse:
    """Read one page of instances in order of creation."""
    where = _Filter()
    where.add_statuses(query.runtimeStatus)
    where.add_range("created_at", query, "createdTimeFrom", "createdTimeTo")
    where.add_prefix(optional_text(query, "instanceIdPrefix"))
    after = _position(optional_text(query, "continuationToken"), 2)
    if after is not None:
        where.add("(created_at, id) > (?, ?)", *after)
    size = query.maxInstanceCount if query.maxInstanceCount > 0 else DEFAULT_PAGE
    rows = tx.all(f"{_INSTANCE} WHERE {where} ORDER BY created_at, id LIMIT ?", *where.values, size + 1)
    page = rows[:size]
    more = _cursor(page[-1]["created_at"], page[-1]["id"]) if len(rows) > size else None
    return pb.QueryInstancesResponse(
        orchestrationState=[state_of(row, query.fetchInputsAndOutputs) for row in page],
        continuationToken=text(more),
    )


def list_instance_ids(tx: Transaction, request: pb.ListInstanceIdsRequest) -> pb.ListInstanceIdsResponse:
    """Read one page of ids of ended instances in order of completion."""
    where = _Filter()
    where.add("completed_at IS NOT NULL")
    where.add_statuses(request.runtimeStatus)
    where.add_range("completed_at", request, "completedTimeFrom", "completedTimeTo")
    after = _position(optional_text(request, "lastInstanceKey"), 2)
    if after is not None:
        where.add("(completed_at, id) > (?, ?)", *after)
    size = request.pageSize if request.pageSize > 0 else DEFAULT_PAGE
    sql = f"SELECT completed_at, id FROM instances WHERE {where} ORDER BY completed_at, id LIMIT ?"
    rows = tx.all(sql, *where.values, size + 1)
    page = rows[:size]
    more = _cursor(page[-1]["completed_at"], page[-1]["id"]) if len(rows) > size else None
    return pb.ListInstanceIdsResponse(instanceIds=[row["id"] for row in page], lastInstanceKey=text(more))


def ended_ids(tx: Transaction, wanted: pb.PurgeInstanceFilter, limit: int) -> list[str]:
    """Return ids of ended instances that a purge filter matches."""
    where = _Filter()
    where.add("completed_at IS NOT NULL")
    where.add_statuses(wanted.runtimeStatus)
    where.add_range("created_at", wanted, "createdTimeFrom", "createdTimeTo")
    rows = tx.all(f"SELECT id FROM instances WHERE {where} LIMIT ?", *where.values, limit)
    return [row["id"] for row in rows]


_ENTITY = (
    "SELECT *, (SELECT COUNT(*) FROM operations WHERE entity_id = entities.id AND section IS NULL) AS backlog"
    " FROM entities"
)


def _metadata(row: Any, include_state: bool) -> pb.EntityMetadata:
    return pb.EntityMetadata(
        instanceId=row["id"],
        lastModifiedTime=timestamp(row["modified_at"]),
        backlogQueueSize=row["backlog"],
        lockedBy=text(row["lock_owner"]),
        serializedState=text(row["state"]) if include_state else None,
    )


def get_entity(tx: Transaction, entity_id: str, include_state: bool) -> pb.EntityMetadata | None:
    """Read an entity, None when it has no state: never signalled, or deleted."""
    row = tx.one(f"{_ENTITY} WHERE id = ? AND state IS NOT NULL", entity_id)
    return None if row is None else _metadata(row, include_state)


def query_entities(tx: Transaction, query: pb.EntityQuery) -> pb.QueryEntitiesResponse:
    """Read one page of entities in order of their ids; those without state only when asked for."""
    where = _Filter()
    where.add_prefix(optional_text(query, "instanceIdStartsWith"))
    where.add_range("modified_at", query, "lastModifiedFrom", "lastModifiedTo")
    if not query.includeTransient:
        where.add("state IS NOT NULL")
    after = _position(optional_text(query, "continuationToken"), 1)
    if after is not None:
        where.add("id > ?", *after)
    size = query.pageSize.value if query.pageSize.value > 0 else DEFAULT_PAGE
    rows = tx.all(f"{_ENTITY} WHERE {where} ORDER BY id LIMIT ?", *where.values, size + 1)
    page = rows[:size]
    more = _cursor(page[-1]["id"]) if len(rows) > size else None
    return pb.QueryEntitiesResponse(
        entities=[_metadata(row, query.includeState) for row in page], continuationToken=text(more)
    )
