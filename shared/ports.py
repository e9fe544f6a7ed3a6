"""Everything an activity may use of the world; each port stands beside its vocabulary and has a contract test."""

from typing import Protocol

from shared.approval_links import ApprovalLinks
from shared.archives import Archive, TaskArchive
from shared.artifacts import Artifacts
from shared.audit import Audit
from shared.catalog import ServiceCatalog
from shared.chat_clients import ChatClients
from shared.dead_letters import DeadLetters
from shared.desk import Policy
from shared.directory import Directory
from shared.facts import MemoryPolicy, UserMemory
from shared.instances import Instances
from shared.knowledge import Knowledge
from shared.memory import Memory
from shared.messaging import Counters, Events, Notifier, Once, Queues
from shared.ratings import RatingBook
from shared.shield import Shield
from shared.sources import Sources
from shared.tool_servers import ToolServers
from shared.turn_order import TurnOrder


class Desk(Protocol):
    """Everything an activity may use; built once per process by the composition root."""

    @property
    def tenant(self) -> str: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def tasks(self) -> TaskArchive: ...
    @property
    def ratings(self) -> RatingBook: ...
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
    def user_memory(self) -> UserMemory: ...
    @property
    def memory_policy(self) -> MemoryPolicy: ...
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
    def approval_links(self) -> ApprovalLinks | None:
        """None where the desk has no key to sign them with."""
        ...

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
