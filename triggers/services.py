"""The composition root: settings are read once, an adapter is built when it is first used."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from shared import names
from shared.alerts import EVENTS, Alerts, Channel, DeliveryPlan, Rule
from shared.archives import Archive, TaskArchive
from shared.artifacts import Artifacts
from shared.audit import Audit
from shared.breaker import BreakerPolicy
from shared.budget import Ledger
from shared.catalog import ServiceCatalog
from shared.chat_clients import ChatClients
from shared.correlation import trail
from shared.dead_letters import DeadLetters
from shared.desk import Policy
from shared.directory import Directory
from shared.errors import SettingsError
from shared.facts import MemoryPolicy, UserMemory
from shared.guard import Guard
from shared.instances import Instances
from shared.knowledge import Knowledge
from shared.memory import Memory
from shared.messaging import Counters, Events, Notifier, Once, Publisher, Queues
from shared.ratings import RatingBook
from shared.settings import Settings, read
from shared.shield import Shield
from shared.sources import Sources
from shared.tool_servers import ToolServers
from shared.turn_order import TurnOrder

if TYPE_CHECKING:
    from azure.durable_functions import DurableFunctionsClient

    from adapters.instances import DurableInstances
    from adapters.shared_redis import SharedRedis

PROBE_MARGIN_S = 10.0
"""A probe is given up for lost so long after the model's own deadline."""

_instances: ContextVar["DurableInstances | None"] = ContextVar("instances", default=None)


def built_once[T](build: Callable[[Any], T]) -> T:
    """A cached property, typed as what it holds so that Services fits the Desk protocol."""
    return cast(T, cached_property(build))


class Services:
    """Implements Desk for one process. Imports stand where they are used: cold start is a feature."""

    def __init__(self, settings: Settings):
        self.settings = settings

    @property
    def tenant(self) -> str:
        return self.settings.tenant

    @property
    def policy(self) -> Policy:
        """The settings' own, with correlation id and lane of the work at hand: what is started goes on in them."""
        followed = trail()
        outside = tuple(name for name in names.OUTSIDE_SPECIALISTS if name in self.settings.tool_servers)
        update = {
            "specialists": (*names.SPECIALISTS, *outside),
            "correlation_id": followed.correlation_id,
            "lane": followed.lane,
            "link_hosts": self.settings.answer_link_hosts,
        }
        return self.settings.policy.model_copy(update=update)

    @built_once
    def archive(self) -> Archive:
        from adapters.archive import SqliteArchive

        return SqliteArchive(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def tasks(self) -> TaskArchive:
        from adapters.task_archive import SqliteTaskArchive

        return SqliteTaskArchive(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def events(self) -> Events:
        from adapters.events import SqliteEvents

        return SqliteEvents(_needed("ARCHIVE_PATH", self.settings.archive_path), self._publisher())

    def _publisher(self) -> Publisher:
        from adapters.publishers import EventGridTopic, QueueFanOut

        topic = self.settings.event_grid_topic_endpoint
        return EventGridTopic(topic) if topic else QueueFanOut(self.queues)

    @built_once
    def queues(self) -> Queues:
        from adapters.queues import StorageQueues

        return StorageQueues(_needed("AzureWebJobsStorage", self.settings.queue_storage))

    @built_once
    def once(self) -> Once:
        from adapters.once import Once as KeptOnce

        return KeptOnce(self.settings.redis_url, _needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def counters(self) -> Counters:
        from adapters.counters import SqliteCounters

        return SqliteCounters(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def dead_letters(self) -> DeadLetters:
        from adapters.dead_letters import SqliteDeadLetters

        return SqliteDeadLetters(_needed("ARCHIVE_PATH", self.settings.archive_path), self.artifacts)

    @built_once
    def audit(self) -> Audit:
        from adapters.audit import SqliteAudit

        return SqliteAudit(_needed("AUDIT_PATH", self.settings.audit_path))

    @built_once
    def alerts(self) -> Alerts:
        from adapters.alerts import SqliteAlerts

        return SqliteAlerts(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def ratings(self) -> RatingBook:
        from adapters.ratings import SqliteRatings

        return SqliteRatings(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @property
    def alert_rules(self) -> tuple[Rule, ...]:
        return self.settings.alert_rules

    @property
    def delivery_plan(self) -> DeliveryPlan:
        return self.settings.delivery_plan

    def channel(self, name: str) -> Channel | None:
        return self._channels.get(name)

    @built_once
    def _channels(self) -> Mapping[str, Channel]:
        from activities.alerting import EventChannel
        from adapters.alert_channels import channels

        return {EVENTS: EventChannel(self), **channels(self.settings)}

    @built_once
    def memory(self) -> Memory:
        from adapters.memory import RedisMemory

        return RedisMemory(_needed("REDIS_URL", self.settings.redis_url))

    @built_once
    def user_memory(self) -> UserMemory:
        from adapters.fact_search import RediSearchRanking
        from adapters.user_memory import RedisUserMemory

        url = _needed("REDIS_URL", self.settings.redis_url)
        return RedisUserMemory(self._redis, self.memory_policy, RediSearchRanking(self._redis, url))

    @property
    def memory_policy(self) -> MemoryPolicy:
        return self.settings.memory_policy

    @built_once
    def knowledge(self) -> Knowledge:
        from adapters.knowledge import EmbeddedKnowledge
        from adapters.library import Library
        from adapters.searched_knowledge import over_search_service

        settings = self.settings
        approved = self.artifacts if settings.storage else None
        embedded = EmbeddedKnowledge(Library(settings.knowledge_dir, approved, settings.knowledge_refresh_s))
        return over_search_service(embedded, settings) if settings.azure_search_endpoint else embedded

    @built_once
    def directory(self) -> Directory:
        from adapters.directory import FileDirectory

        state_path = _needed("DIRECTORY_PATH", self.settings.directory_path)
        return FileDirectory(self.settings.directory_dir, state_path)

    @built_once
    def catalog(self) -> ServiceCatalog:
        from adapters.service_catalog import FileServiceCatalog

        state_path = _needed("DIRECTORY_PATH", self.settings.directory_path)
        return FileServiceCatalog(self.settings.directory_dir, state_path)

    @built_once
    def artifacts(self) -> Artifacts:
        from adapters.artifacts import BlobArtifacts

        return BlobArtifacts(_needed("AzureWebJobsStorage", self.settings.storage))

    @built_once
    def notifier(self) -> Notifier:
        from adapters.notify import Notifier as DeskNotifier

        return DeskNotifier(self.settings.notify_webhook_url, self.settings.notify_webhook_secret)

    @built_once
    def shield(self) -> Shield | None:
        from adapters.shields import PromptShields

        endpoint = self.settings.content_safety_endpoint
        return PromptShields(endpoint, self.settings.content_safety_timeout_s) if endpoint else None

    @built_once
    def models(self) -> ChatClients:
        from datetime import timedelta

        from adapters.answer_cache import RedisAnswerCache
        from adapters.models import chat_clients

        expiry = timedelta(seconds=self.settings.cache_ttl_s)
        off = self.settings.cache_off_agents
        answers = RedisAnswerCache(self._redis, self.settings.tenant, expiry, off) if expiry else None
        return chat_clients(self.settings, self.guard, answers, self.ledger)

    @built_once
    def ledger(self) -> Ledger:
        from adapters.ledger import SharedLedger

        return SharedLedger(self._redis, self.settings.tenant, self.settings.caps)

    @built_once
    def tool_servers(self) -> ToolServers:
        from adapters.tool_servers import McpServers

        settings = self.settings
        return McpServers(settings.tool_servers, settings.mcp_timeout_s, settings.mcp_output_chars)

    @built_once
    def sources(self) -> Sources:
        from adapters.sources import WebSources

        known = self.settings
        return WebSources(
            known.sources, known.source_timeout_s, known.source_bytes, known.source_hosts, known.source_loopback
        )

    @built_once
    def guard(self) -> Guard:
        from adapters.guard import SharedGuard
        from adapters.shared_state import SharedState

        settings = self.settings
        policy = BreakerPolicy(
            failures=settings.breaker_failures,
            reset_s=settings.breaker_reset_s,
            probe_s=settings.model_timeout_s + PROBE_MARGIN_S,
        )
        return SharedGuard(SharedState(self._redis), policy, settings.model_limits, settings.model_group_limits)

    @built_once
    def _redis(self) -> "SharedRedis":
        """Not needed to work: without a Redis each process guards its own calls."""
        from adapters.shared_redis import SharedRedis

        return SharedRedis(self.settings.redis_url)

    @built_once
    def turn_order(self) -> TurnOrder:
        from adapters.turn_order import SharedTurnOrder

        return SharedTurnOrder(self._redis)

    @property
    def instances(self) -> Instances:
        return self.durable

    @property
    def durable(self) -> "DurableInstances":
        """The runtime through the client of the invocation at hand."""
        found = _instances.get()
        if found is None:
            raise LookupError("this invocation was given no durable client")
        return found


@cache
def services() -> Services:
    """The process's services. Raises SettingsError."""
    return Services(read(os.environ))


@contextmanager
def with_client(client: "DurableFunctionsClient") -> Generator[Services]:
    """The services, with the durable runtime reachable through this invocation's client."""
    from adapters.instances import DurableInstances

    token = _instances.set(DurableInstances(client))
    try:
        yield services()
    finally:
        _instances.reset(token)


def _needed(name: str, value: str | None) -> str:
    if value is None:
        raise SettingsError(f"{name} must be set")
    return value
