"""The functions of an app: their triggers and bindings, with settings put in."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .config import AppSettings
from .errors import HostError
from .protocol import FunctionRecord, Retry

_SUPPORTED = {
    ("httpTrigger", "IN"),
    ("http", "OUT"),
    ("queueTrigger", "IN"),
    ("queue", "OUT"),
    ("blob", "OUT"),
    ("timerTrigger", "IN"),
    ("durableClient", "IN"),
    ("orchestrationTrigger", "IN"),
    ("activityTrigger", "IN"),
    ("entityTrigger", "IN"),
}
_DURABLE_NAMES = {
    "orchestrationTrigger": "orchestration",
    "activityTrigger": "activity",
    "entityTrigger": "entityName",
}
_STORAGE = ("queueTrigger", "queue", "blob")


@dataclass(frozen=True, slots=True)
class Binding:
    name: str
    type: str
    direction: str
    settings: dict[str, Any]

    def text(self, key: str) -> str:
        return str(self.settings.get(key) or "")


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    function_id: str
    trigger: Binding
    bindings: tuple[Binding, ...]
    retry: Retry | None

    @property
    def outputs(self) -> list[Binding]:
        return [binding for binding in self.bindings if binding.direction == "OUT"]

    @property
    def durable_clients(self) -> list[Binding]:
        return [binding for binding in self.bindings if binding.type == "durableClient"]

    @property
    def methods(self) -> list[str]:
        """The methods that an HTTP function answers; none named means all."""
        methods: list[object] = self.trigger.settings.get("methods") or []
        return [str(method).upper() for method in methods]

    def route(self, prefix: str) -> str:
        """The route template of an HTTP function, with host.json's prefix and without slashes around."""
        route = self.trigger.settings.get("route")
        return f"{prefix}/{self.name if route is None else route}".strip("/")

    @property
    def durable_name(self) -> str:
        """The name that orchestrations call this function by."""
        return self.trigger.text(_DURABLE_NAMES[self.trigger.type]) or self.name

    @property
    def storage_connections(self) -> set[str]:
        return {binding.text("connection") for binding in self.bindings if binding.type in _STORAGE}


def read_functions(records: Iterable[FunctionRecord], settings: AppSettings) -> list[Function]:
    """The app's functions, in order of their names.

    Raises:
        HostError: a binding is not supported here, or a setting that it names is missing.
    """
    return sorted((_read(record, settings) for record in records), key=lambda function: function.name.lower())


def _read(record: FunctionRecord, settings: AppSettings) -> Function:
    bindings = tuple(_binding(record.name, json.loads(raw), settings) for raw in record.raw_bindings)
    triggers = [binding for binding in bindings if binding.type.endswith("Trigger")]
    if len(triggers) != 1:
        raise HostError(f"function '{record.name}' has {len(triggers)} triggers, it needs exactly one")
    return Function(record.name, record.function_id, triggers[0], bindings, record.retry)


def _binding(function: str, raw: dict[str, Any], settings: AppSettings) -> Binding:
    kind, direction = str(raw["type"]), str(raw["direction"]).upper()
    if (kind, direction) not in _SUPPORTED:
        way = {"IN": "input", "OUT": "output"}.get(direction, direction)
        raise HostError(f"function '{function}': binding '{kind}' ({way}) is not supported by devhost")
    try:
        # A connection is the name of a setting, all else may contain settings.
        expanded = {
            key: settings.expand(value) if isinstance(value, str) and key != "connection" else value
            for key, value in raw.items()
        }
    except HostError as error:
        raise HostError(f"function '{function}': {error}") from None
    return Binding(str(raw["name"]), kind, direction, expanded)
