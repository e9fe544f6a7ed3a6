"""Settings of where the desk keeps and finds things, and of whom it tells."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from shared.setting_types import Count, NotNegative, Section, Share


class StoreSettings(Section):
    """Storage, events and memory"""

    ENVIRONMENT_NAMES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "storage": ("AzureWebJobsStorage", "AzureWebJobsStorage__blobServiceUri"),
        "queue_storage": ("AzureWebJobsStorage", "AzureWebJobsStorage__queueServiceUri"),
    }

    storage: str | None = None
    """queues and blobs: a connection string; in Azure the address of the blob service, with an identity"""
    queue_storage: str | None = None
    """the same for queues"""
    event_grid_topic_endpoint: str | None = None
    """events are published to this topic, whose subscriptions fill the queues `events-<name>`; without it straight
    into them"""
    redis_url: str | None = None
    """conversation memory; circuits, rate limits and kept answers of all instances"""
    redis_credential: Literal["url", "entra"] = "url"
    """who asks: the user in `REDIS_URL`, or with `entra` the app's identity (`az login` on a laptop), over TLS only"""
    archive_path: str | None = None
    """SQLite file of the archive and the event log; not needed with `COSMOS_ENDPOINT`"""

    @model_validator(mode="after")
    def _sends_tokens_over_tls_only(self) -> Self:
        if self.redis_credential == "entra" and not (self.redis_url or "").startswith("rediss://"):
            raise ValueError("REDIS_CREDENTIAL is entra although REDIS_URL does not begin with rediss://")
        return self


class CosmosSettings(Section):
    """Cosmos DB"""

    cosmos_endpoint: str | None = None
    """archive, events, dead letters, counters, alerts, ratings, changes of the directory and the audit trail are kept
    in this account, for all instances, with the app's Entra identity; without it in files"""
    cosmos_database: str = "helpdesk"
    """its database, with the containers of infra/cosmos.json"""
    cosmos_key: str | None = None
    """the account key of a local emulator; never needed in Azure"""

    @model_validator(mode="after")
    def _asks_the_service_over_tls_only(self) -> Self:
        if self.cosmos_key is None and not (self.cosmos_endpoint or "https://").startswith("https://"):
            raise ValueError("COSMOS_ENDPOINT does not begin with https://, and no COSMOS_KEY says it is an emulator")
        return self


class DirectorySettings(Section):
    """People and services"""

    directory_path: str | None = None
    """SQLite file of what was changed in the directory; not needed with `COSMOS_ENDPOINT`"""
    directory_dir: str = "samples/directory"
    """users.json and services.json"""


class AuditSettings(Section):
    """The audit trail"""

    audit_path: str | None = None
    """SQLite file of the audit trail; nothing can make it anew, so keep copies. Not needed with `COSMOS_ENDPOINT`"""


class KnowledgeSettings(Section):
    """Knowledge"""

    knowledge_dir: str = "samples/knowledge"
    """Markdown articles with front matter"""
    knowledge_refresh_s: NotNegative = 30
    """how old the list of approved articles in storage may be when the desk searches; they come on top of
    `KNOWLEDGE_DIR`"""
    azure_search_endpoint: str | None = None
    """Azure AI Search finds passages, with the app's Entra identity; without it this process does"""
    azure_search_index: str = "helpdesk-faq"
    """made where there is none, and kept in step with the articles"""
    azure_search_semantic: bool = False
    """whether the service's semantic ranker orders what was found"""
    embedding_model: str | None = None
    """AI Search also finds by meaning: the model provider's embedding model, on Azure its deployment"""
    embedding_dimensions: Count = 1536
    """how many numbers the embedding model gives; another model or number needs an index of another name"""
    embedding_floor: Share = 0.45
    """the cosine similarity from which a passage that shares no words with the question may still be an answer"""

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {"EMBEDDING_MODEL is set": ("azure_search_endpoint",)} if self.embedding_model else {}


class NotificationSettings(Section):
    """Notifications"""

    notify_webhook_url: str | None = None
    """where notifications go"""
    notify_webhook_secret: str | None = None
    """the key they are signed with"""

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {"NOTIFY_WEBHOOK_URL is set": ("notify_webhook_secret",)} if self.notify_webhook_url else {}
