"""What the desk asks of the world: small protocols, each with a contract test that every adapter passes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from shared.actions import ActionResult, DirectoryAction, Undone
from shared.articles import Article
from shared.audit import Audit
from shared.budget import Ledger
from shared.catalog import ServiceCatalog
from shared.dead_letters import DeadLetters
from shared.desk import Notification, Policy, TicketDocument
from shared.guard import AnswerCache, Guard
from shared.knowledge import ArticlePage, KeptArticle, Put, Retrieval
from shared.memory import Summary, ThreadPage
from shared.messaging import Counters, Events, Once, Queues
from shared.model import Model
from shared.readings import Standing
from shared.shield import Shield
from shared.sources import Sources
from shared.tasks import TaskState, TaskStatus, TaskType
from shared.thinking import KnownIncident, Profile, ServiceState, SimilarTicket, Turn
from shared.tickets import Category, Priority, Status
from shared.tool_servers import ToolServers
from shared.turn_order import TurnOrder
from shared.visibility import Relation


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

    async def similar(self, tenant: str, text: str, limit: int) -> tuple[SimilarTicket, ...]:
        """Resolved tickets whose words resemble `text`."""
        ...

    async def due_to_close(self, now: datetime, limit: int) -> tuple[TicketDocument, ...]:
        """Resolved or waiting tickets whose `closes_at` has passed."""
        ...

    async def standing(self, tenant: str, since: datetime) -> Standing:
        """All open tickets, and what people decided on the proposals of tickets created since."""
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

    async def find(self, query: TaskQuery) -> TaskPage:
        """Newest first (created_at, then id)."""
        ...


class Memory(Protocol):
    """Conversation history per (tenant, requester, thread): 100 messages at most, expiring when unused.

    Raises Unavailable when it is down.
    """

    async def read(self, tenant: str, requester_id: str, thread: str) -> tuple[Turn, ...]: ...

    async def append(self, tenant: str, requester_id: str, thread: str, turns: Sequence[Turn]) -> None:
        """Add turns whose ids are not there yet, trim, and renew the expiry."""
        ...

    async def summary(self, tenant: str, requester_id: str, thread: str) -> Summary | None:
        """What stands for the older turns when the thread is shown to an agent, once it has grown long."""
        ...

    async def keep_summary(self, tenant: str, requester_id: str, thread: str, summary: Summary) -> None: ...

    async def threads(self, tenant: str, requester_id: str, limit: int, cursor: str | None = None) -> ThreadPage:
        """A requester's threads, the one used last first. Raises InvalidCursor for a cursor it did not give."""
        ...

    async def forget(self, tenant: str, requester_id: str, thread: str) -> bool:
        """False when there was no such thread."""
        ...

    async def forget_requester(self, tenant: str, requester_id: str) -> int:
        """Forget all threads of a requester; tells how many there were."""
        ...

    async def check(self) -> None: ...


class Knowledge(Protocol):
    """The articles that the desk answers from, and the search over them.

    Articles are kept in storage, over those that ship with the desk; what finds them can be made anew.
    """

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> Retrieval:
        """Best passages first; none where nothing fits. Never raises Unavailable: what is down is named instead."""
        ...

    async def put(self, article: Article, *, if_match: str | None = None, only_new: bool = False) -> Put:
        """Add or replace. Raises Conflict unless the article's etag is `if_match` (`*`: any), or with `only_new`
        where there is one; Unavailable when storage is down."""
        ...

    async def remove(self, article_id: str, *, if_match: str | None = None) -> bool:
        """Hide an article from now on, also one that ships with the desk; False where there is none. Raises as put."""
        ...

    async def get(self, article_id: str) -> KeptArticle | None:
        """As storage has it at this moment. Raises Unavailable."""
        ...

    async def list(self, limit: int, cursor: str | None = None) -> ArticlePage:
        """By id, as last known. Raises InvalidCursor."""
        ...

    async def check(self) -> None:
        """Raise Unavailable unless whatever searches answers."""
        ...


class Directory(Protocol):
    """Who people are, how services are, and the changes the desk may make."""

    async def profile(self, user_id: str, email: str | None = None) -> Profile: ...

    async def relation(self, asker_id: str, user_id: str) -> Relation:
        """What the person is to whoever asks, who decides what of them may be shown."""
        ...

    async def services(self) -> tuple[ServiceState, ...]: ...

    async def incidents(self) -> tuple[KnownIncident, ...]:
        """Those that are being worked on."""
        ...

    async def carry_out(self, action: DirectoryAction, key: str) -> ActionResult:
        """Do it once per `key`, also after a crash. Raises Permanent for an unknown user or group."""
        ...

    async def undo(self, key: str, by: str) -> Undone | None:
        """Put back what was done under `key`, once; None when nothing was. Raises Permanent where it cannot be."""
        ...


class Artifacts(Protocol):
    """Blobs by path, for what is too large for history."""

    async def write(self, path: str, data: bytes, content_type: str = "application/json") -> None: ...

    async def create(self, path: str, data: bytes, content_type: str = "application/json") -> bool:
        """Write unless there is such a blob; of any number of writers at once one is told True, at most."""
        ...

    async def read(self, path: str) -> bytes:
        """Raises Permanent when there is no such blob."""
        ...

    async def swap(self, path: str, old: bytes | None, new: bytes, content_type: str = "application/json") -> bool:
        """Write `new` where the blob holds `old` at this moment (None: where there is none); tells whether it did."""
        ...

    async def list(self, prefix: str) -> tuple[str, ...]: ...

    async def versions(self, prefix: str) -> Mapping[str, str]:
        """Paths under a prefix, each with a mark that changes with every write."""
        ...

    async def delete(self, path: str) -> bool:
        """False when there was no such blob."""
        ...

    async def remove_older(self, prefix: str, before: datetime) -> int:
        """Delete what under a prefix was last written before; tells how many. Safe to repeat."""
        ...

    async def link(self, path: str, lifetime: timedelta) -> str:
        """A URL that lets whoever has it read the blob until its time is over."""
        ...

    async def check(self) -> None: ...


class Notifier(Protocol):
    """Tells people; raises Transient when a channel failed and may be tried again."""

    async def notify(self, notification: Notification) -> None: ...


class ChatClients(Protocol):
    """Gives the model client of an agent: an Agent Framework chat client (typed loosely to stay light)."""

    @property
    def guard(self) -> Guard | None:
        """None where nothing needs one: the rules cannot fail or be asked too often."""
        ...

    @property
    def answers(self) -> AnswerCache | None: ...

    def client_for(self, agent: str) -> Any:
        """The client; its `model` is the name under which it is guarded."""
        ...

    def stand_in_for(self, agent: str) -> Any:
        """The client that answers while the circuit to the agent's own model is open, or None."""
        ...

    @property
    def ledger(self) -> Ledger | None:
        """Counts what calls cost; None where nobody wants to know."""
        ...

    def price_usd(self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """What a call cost; `cached_tokens` is the part of the input that the model had read before."""
        ...


class InstanceState(Model):
    """A durable instance from outside. `output` is set once it has completed, `failure` when it failed."""

    instance_id: str
    name: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    status: Literal["pending", "running", "suspended", "completed", "failed", "terminated"]
    input: Any = None
    custom_status: Any = None
    output: Any = None
    failure: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "terminated")


class Instances(Protocol):
    """The durable runtime as doors and activities see it."""

    async def state(self, instance_id: str) -> InstanceState | None: ...

    async def start(self, orchestration: str, instance_id: str, data: Model) -> bool:
        """Start unless an instance of that id exists, ended or not; tells whether this call started it."""
        ...

    async def raise_event(self, instance_id: str, event: str, data: Model) -> bool:
        """False when there is no such instance any more to hear it."""
        ...

    async def last_input_of(self, instance_id: str, activity: str) -> Any:
        """What the instance last called the activity with; None when it never did."""
        ...

    async def failed(self) -> tuple[InstanceState, ...]:
        """Every instance that has failed, without input and output."""
        ...

    async def all_with_prefix(self, prefix: str) -> Sequence[InstanceState]:
        """Every instance whose id starts so, with input and output."""
        ...

    async def purge(self, instance_id: str) -> bool:
        """Remove an instance and its history, ended or not; False when there is none."""
        ...

    async def start_again(self, orchestration: str, instance_id: str, data: Any) -> bool:
        """Start under an id that is free, or whose instance has failed or was terminated; else False."""
        ...


class Desk(Protocol):
    """Everything an activity may use; built once per process by the composition root."""

    @property
    def tenant(self) -> str: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def tasks(self) -> TaskArchive: ...
    @property
    def events(self) -> Events: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def once(self) -> Once: ...
    @property
    def counters(self) -> Counters: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def knowledge(self) -> Knowledge: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def catalog(self) -> ServiceCatalog: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def notifier(self) -> Notifier: ...
    @property
    def models(self) -> ChatClients: ...
    @property
    def tool_servers(self) -> ToolServers: ...
    @property
    def turn_order(self) -> TurnOrder: ...
    @property
    def shield(self) -> Shield | None:
        """Beside the rules, which always judge; None where none is configured."""
        ...

    @property
    def sources(self) -> Sources: ...
    @property
    def instances(self) -> Instances:
        """Only there within an invocation that was given a durable client."""
        ...

    @property
    def policy(self) -> Policy: ...
