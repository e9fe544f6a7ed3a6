"""The composition root: settings are read once, an adapter is built when it is first used."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from orchestrations.versions import version_to_start
from shared import names
from shared.alerts import EVENTS, Channel, DeliveryPlan, Rule
from shared.approval_links import ApprovalLinks
from shared.chat_clients import ChatClients
from shared.correlation import trail
from shared.desk import Policy
from shared.door_limits import DoorLimits
from shared.instances import Instances
from shared.messaging import Notifier
from shared.settings import read
from shared.shield import Shield
from shared.sources import Sources
from shared.tool_servers import ToolServers
from shared.turn_order import TurnOrder
from triggers.stores import Stores, built_once

if TYPE_CHECKING:
    from azure.durable_functions import Blueprint

    from adapters.instances import DurableInstances

_instances: ContextVar["DurableInstances | None"] = ContextVar("instances", default=None)


class Services(Stores):
    """Implements Desk for one process. Imports stand where they are used: cold start is a feature."""

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

    def version_of(self, orchestration: str) -> str:
        """What an instance of it is started with."""
        return version_to_start(orchestration, self.settings.orchestration_versions.get(orchestration))

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
    def notifier(self) -> Notifier:
        from adapters.notify import Notifier as DeskNotifier

        return DeskNotifier(self.settings.notify_webhook_url, self.settings.notify_webhook_secret)

    @built_once
    def approval_links(self) -> ApprovalLinks | None:
        from datetime import timedelta

        from adapters.approval_links import SignedApprovalLinks

        known = self.settings
        if known.approval_link_secret is None or known.public_base_url is None:
            return None
        lifetime = timedelta(seconds=known.approval_link_expires_s)
        return SignedApprovalLinks(known.approval_link_secret, known.public_base_url, lifetime, known.approvers)

    @built_once
    def door_limits(self) -> DoorLimits:
        from adapters.door_limits import SharedDoorLimits

        return SharedDoorLimits(self._redis)

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


def durable_client(blueprint: "Blueprint") -> Callable[..., Any]:
    """Gives a function the text of its durable client binding as `client`, for `with_client`.

    The library's own decorator would make a client of it, with a channel of its own, for each invocation.
    """
    return blueprint.generic_input_binding(arg_name="client", type="durableClient", durable_requires_grpc=True)


@contextmanager
def with_client(client: str) -> Generator[Services]:
    """The services, with the durable runtime reachable through what this invocation was bound to."""
    from adapters.instances import DurableInstances, connected

    found = services()
    token = _instances.set(DurableInstances(connected(client), found.version_of))
    try:
        yield found
    finally:
        _instances.reset(token)
