"""Where the desk keeps things: each store built when it is first used."""

from collections.abc import Callable
from functools import cached_property
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from shared.alerts import Alerts
from shared.archives import Archive, TaskArchive
from shared.artifacts import Artifacts
from shared.audit import Audit
from shared.breaker import BreakerPolicy
from shared.budget import Ledger
from shared.catalog import ServiceCatalog
from shared.dead_letters import DeadLetters
from shared.directory import Directory
from shared.errors import SettingsError
from shared.facts import MemoryPolicy, UserMemory
from shared.guard import Guard
from shared.knowledge import Knowledge
from shared.memory import Memory
from shared.messaging import Counters, Events, Once, Publisher, Queues
from shared.ratings import RatingBook
from shared.settings import Settings

if TYPE_CHECKING:
    from adapters.cosmos_account import Cosmos
    from adapters.effects import Effects
    from adapters.redis_client import Identity
    from adapters.shared_redis import SharedRedis

PROBE_MARGIN_S = 10.0
"""A probe is given up for lost so long after the model's own deadline."""


def built_once[T](build: Callable[[Any], T]) -> T:
    """A cached property, typed as what it holds so that Services fits the Desk protocol."""
    return cast(T, cached_property(build))


class Stores:
    """The part of Services that keeps and queues. Imports stand where they are used: cold start is a feature."""

    def __init__(self, settings: Settings):
        self.settings = settings

    async def close(self) -> None:
        """Let go of every adapter that was built, the last one first. For commands: a host's end with its process."""
        for built in reversed([*vars(self).values()]):
            if (close := getattr(built, "close", None)) is not None and isawaitable(closing := close()):
                await closing

    @built_once
    def archive(self) -> Archive:
        if self._cosmos is not None:
            from adapters.cosmos_archive import CosmosArchive

            return CosmosArchive(self._cosmos)
        from adapters.archive import SqliteArchive

        return SqliteArchive(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def tasks(self) -> TaskArchive:
        if self._cosmos is not None:
            from adapters.cosmos_task_archive import CosmosTaskArchive

            return CosmosTaskArchive(self._cosmos)
        from adapters.task_archive import SqliteTaskArchive

        return SqliteTaskArchive(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def events(self) -> Events:
        if self._cosmos is not None:
            from adapters.cosmos_events import CosmosEvents

            return CosmosEvents(self._cosmos, self._publisher())
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
        from adapters.once import SqliteStandby

        if self._cosmos is not None:
            from adapters.cosmos_once import CosmosStandby

            return KeptOnce(self._redis, CosmosStandby(self._cosmos))
        return KeptOnce(self._redis, SqliteStandby(_needed("ARCHIVE_PATH", self.settings.archive_path)))

    @built_once
    def counters(self) -> Counters:
        if self._cosmos is not None:
            from adapters.cosmos_counters import CosmosCounters

            return CosmosCounters(self._cosmos)
        from adapters.counters import SqliteCounters

        return SqliteCounters(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def dead_letters(self) -> DeadLetters:
        if self._cosmos is not None:
            from adapters.cosmos_dead_letters import CosmosDeadLetters

            return CosmosDeadLetters(self._cosmos, self.artifacts)
        from adapters.dead_letters import SqliteDeadLetters

        return SqliteDeadLetters(_needed("ARCHIVE_PATH", self.settings.archive_path), self.artifacts)

    @built_once
    def audit(self) -> Audit:
        if self._cosmos is not None:
            from adapters.cosmos_audit import CosmosAudit

            return CosmosAudit(self._cosmos)
        from adapters.audit import SqliteAudit

        return SqliteAudit(_needed("AUDIT_PATH", self.settings.audit_path))

    @built_once
    def alerts(self) -> Alerts:
        if self._cosmos is not None:
            from adapters.cosmos_alerts import CosmosAlerts

            return CosmosAlerts(self._cosmos)
        from adapters.alerts import SqliteAlerts

        return SqliteAlerts(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def ratings(self) -> RatingBook:
        if self._cosmos is not None:
            from adapters.cosmos_ratings import CosmosRatings

            return CosmosRatings(self._cosmos)
        from adapters.ratings import SqliteRatings

        return SqliteRatings(_needed("ARCHIVE_PATH", self.settings.archive_path))

    @built_once
    def memory(self) -> Memory:
        from adapters.memory import RedisMemory

        return RedisMemory(_needed("REDIS_URL", self.settings.redis_url), self._redis_identity)

    @built_once
    def user_memory(self) -> UserMemory:
        from adapters.fact_search import RediSearchRanking
        from adapters.user_memory import RedisUserMemory

        _needed("REDIS_URL", self.settings.redis_url)
        return RedisUserMemory(self._redis, self.memory_policy, RediSearchRanking(self._redis))

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
        if not settings.azure_search_endpoint:
            return embedded
        return over_search_service(embedded, settings, self.guard, self.ledger)

    @built_once
    def ledger(self) -> Ledger:
        from adapters.ledger import SharedLedger

        return SharedLedger(self._redis, self.settings.tenant, self.settings.caps)

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
    def directory(self) -> Directory:
        from adapters.directory import FileDirectory

        return FileDirectory(self.settings.directory_dir, self._effects("directory"))

    @built_once
    def catalog(self) -> ServiceCatalog:
        from adapters.service_catalog import FileServiceCatalog

        return FileServiceCatalog(self.settings.directory_dir, self._effects("catalog"))

    def _effects(self, dependency: str) -> "Effects":
        if self._cosmos is not None:
            from adapters.cosmos_effects import CosmosEffects

            return CosmosEffects(self._cosmos, dependency)
        from adapters.effects import SqliteEffects

        return SqliteEffects(_needed("DIRECTORY_PATH", self.settings.directory_path), dependency)

    @built_once
    def artifacts(self) -> Artifacts:
        from adapters.artifacts import BlobArtifacts

        return BlobArtifacts(_needed("AzureWebJobsStorage", self.settings.storage))

    @built_once
    def _cosmos(self) -> "Cosmos | None":
        """What all instances share; without it a file each."""
        settings = self.settings
        if settings.cosmos_endpoint is None:
            return None
        from adapters.cosmos_account import Cosmos

        return Cosmos(settings.cosmos_endpoint, settings.cosmos_database, settings.cosmos_key)

    @built_once
    def _redis(self) -> "SharedRedis":
        """Not needed to work: without a Redis each process guards its own calls."""
        from adapters.shared_redis import SharedRedis

        return SharedRedis(self.settings.redis_url, self._redis_identity)

    @property
    def _redis_identity(self) -> "Identity | None":
        from adapters.redis_client import ambient_identity

        return ambient_identity if self.settings.redis_credential == "entra" else None


def _needed(name: str, value: str | None) -> str:
    if value is None:
        raise SettingsError(f"{name} must be set")
    return value
