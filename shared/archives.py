"""The projections that people read: tickets and tasks, with the filters of their listings."""

from datetime import datetime
from typing import Protocol

from shared.desk import TicketDocument
from shared.model import Model
from shared.readings import Standing
from shared.sla import Calendar
from shared.statistics import Period, Statistics
from shared.tasks import TaskState, TaskStatus, TaskType
from shared.thinking import SimilarTicket
from shared.tickets import Category, Priority, Status


class TicketQuery(Model):
    """Filters of a listing; `cursor` is the opaque `next_cursor` of the page before.

    `assigned_to` finds those that wait for a decision with whom it names; `words` are looked for in subject,
    requester, answer and ids, all of them, each as the beginning of a word.
    """

    tenant: str
    status: tuple[Status, ...] = ()
    priority: tuple[Priority, ...] = ()
    category: Category | None = None
    assigned_to: str | None = None
    requester: str | None = None
    batch: str | None = None
    words: str | None = None
    limit: int = 50
    cursor: str | None = None


class TicketPage(Model):
    items: tuple[TicketDocument, ...]
    next_cursor: str | None = None


class Archive(Protocol):
    """A projection of tickets for reading; nothing decides from it and it can be rebuilt.

    Raises Unavailable when it is down, InvalidCursor (a Permanent) for a cursor it did not give.
    """

    async def put(self, document: TicketDocument) -> bool:
        """Write unless a version as new is there; tells whether it was written."""
        ...

    async def get(self, tenant: str, ticket_id: str) -> TicketDocument | None: ...

    async def find(self, query: TicketQuery) -> TicketPage:
        """Newest first (created_at, then id)."""
        ...

    async def of_requester(self, tenant: str, requester_id: str) -> tuple[TicketDocument, ...]:
        """All tickets of exactly this person."""
        ...

    async def remove(self, tenant: str, ticket_id: str) -> bool:
        """Erase a ticket here and from what `similar` finds."""
        ...

    async def similar(self, tenant: str, text: str, limit: int) -> tuple[SimilarTicket, ...]:
        """Resolved tickets whose words resemble `text`."""
        ...

    async def due_to_close(self, now: datetime, limit: int) -> tuple[TicketDocument, ...]:
        """Resolved or waiting tickets whose `closes_at` has passed."""
        ...

    async def standing(self, tenant: str, since: datetime) -> Standing:
        """All open tickets, and what people decided on the proposals of tickets created since."""
        ...

    async def statistics(self, tenant: str, period: Period, calendar: Calendar) -> Statistics:
        """The tickets created in a period, counted; promises are read by the calendar, at `period.until`."""
        ...

    async def check(self) -> None:
        """Raise Unavailable unless it answers."""
        ...


class TaskQuery(Model):
    """Filters of a listing of tasks; `cursor` is the opaque `next_cursor` of the page before."""

    tenant: str
    type: TaskType | None = None
    status: TaskStatus | None = None
    limit: int = 50
    cursor: str | None = None


class TaskPage(Model):
    items: tuple[TaskState, ...]
    next_cursor: str | None = None


class TaskArchive(Protocol):
    """A projection of tasks for reading. Raises as Archive does."""

    async def put(self, tenant: str, state: TaskState) -> bool:
        """Write unless a newer state is there; tells whether it was written."""
        ...

    async def get(self, tenant: str, task_id: str) -> TaskState | None: ...

    async def remove(self, tenant: str, task_id: str) -> bool: ...

    async def find(self, query: TaskQuery) -> TaskPage:
        """Newest first (created_at, then id)."""
        ...
