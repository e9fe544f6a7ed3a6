"""The archive of tasks in Cosmos DB, for listings."""

from adapters.cosmos import Item, Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.cosmos_listing import Conditions, page, place
from adapters.paging import moment
from shared.archives import TaskPage, TaskQuery
from shared.tasks import TaskState

_KIND = "task"


class CosmosTaskArchive:
    """Implements the TaskArchive port."""

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, DESK, "archive")

    async def put(self, tenant: str, state: TaskState) -> bool:
        pk, identity = _where(tenant, state.id)
        item: Item = {
            "pk": pk, "id": identity, "kind": _KIND, **place(state.created_at, state.id), "tenant": tenant,
            "type": state.type, "status": state.status, "updated_at": moment(state.updated_at),
            "body": state.model_dump(mode="json"),
        }  # fmt: skip

        def newer(before: Item | None) -> Item | None:
            return item if before is None or before["updated_at"] <= item["updated_at"] else None

        return await self._items.change(pk, identity, newer) is not None

    async def get(self, tenant: str, task_id: str) -> TaskState | None:
        item = await self._items.read(*_where(tenant, task_id))
        return TaskState.model_validate(item["body"]) if item else None

    async def remove(self, tenant: str, task_id: str) -> bool:
        return await self._items.delete(*_where(tenant, task_id))

    async def find(self, query: TaskQuery) -> TaskPage:
        """Newest first; a page holds between 1 and LARGEST_PAGE tasks, whatever limit is asked for."""
        wanted = Conditions(_KIND, tenant=query.tenant, type=query.type, status=query.status)
        rows, more = await page(self._items, wanted, query.limit, query.cursor)
        return TaskPage(items=tuple(TaskState.model_validate(row["body"]) for row in rows), next_cursor=more)


def _where(tenant: str, task_id: str) -> tuple[str, str]:
    return key(_KIND, tenant, task_id), _KIND
