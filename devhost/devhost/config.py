"""What host.json, local.settings.json and the environment say about the app."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from .durable_versions import Versions, read_versions
from .errors import HostError

_JOB_HOST_PREFIX = "azurefunctionsjobhost__"
_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?")


@dataclass(frozen=True, slots=True)
class QueueSettings:
    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int
    max_polling_interval: timedelta
    visibility_timeout: timedelta
    base64: bool


@dataclass(frozen=True, slots=True)
class HostConfig:
    route_prefix: str
    queues: QueueSettings
    function_timeout: timedelta | None
    log_levels: dict[str, str]
    hub_name: str
    max_activities: int
    max_orchestrations: int
    max_entities: int
    versions: Versions


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The app's settings: local.settings.json, overridden by the real environment."""

    values: Mapping[str, str]

    def connection_string(self, name: str) -> str:
        """The connection string that a binding's `connection` names.

        Raises:
            HostError: there is none.
        """
        found = self.values.get(name or "AzureWebJobsStorage") or self.values.get(f"AzureWebJobs{name}")
        if not found:
            raise HostError(f"setting '{name}' is needed by a storage binding and holds no connection string")
        return found

    def expand(self, text: str) -> str:
        """Put the settings in the place of `%NAME%`.

        Raises:
            HostError: a setting is missing.
        """

        def value_of(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in self.values:
                raise HostError(f"'%{name}%' does not resolve to a setting")
            return self.values[name]

        return re.sub(r"%([^%\s]+)%", value_of, text)


def read_settings(app_folder: Path, environment: Mapping[str, str] = os.environ) -> AppSettings:
    """Settings as the app will see them.

    Raises:
        HostError: local.settings.json is not what it should be.
    """
    local = _read_json(app_folder / "local.settings.json")
    values = local.get("Values", {})
    if local.get("IsEncrypted"):
        raise HostError("local.settings.json is encrypted; run `func settings decrypt` or write it in plain")
    if not isinstance(values, dict) or not all(
        isinstance(value, str) for value in cast(dict[str, object], values).values()
    ):
        raise HostError("local.settings.json: 'Values' must map names to strings")
    return AppSettings({**cast(dict[str, str], values), **environment})


def read_host_config(app_folder: Path, settings: AppSettings) -> HostConfig:
    """host.json with the overrides that `AzureFunctionsJobHost__` settings make.

    Raises:
        HostError: host.json is missing or holds a value of the wrong form.
    """
    path = app_folder / "host.json"
    if not path.exists():
        raise HostError(f"no host.json in {app_folder}: this is not the folder of a function app")
    host = _read_json(path)
    for name, value in settings.values.items():
        if name.lower().startswith(_JOB_HOST_PREFIX):
            _override(host, name[len(_JOB_HOST_PREFIX) :].split("__"), value)
    try:
        return _host_config(host, settings)
    except (ValueError, TypeError, AttributeError) as error:
        raise HostError(f"host.json: {error}") from error


def _host_config(host: dict[str, Any], settings: AppSettings) -> HostConfig:
    extensions = _section(host, "extensions")
    durable = _section(extensions, "durableTask")
    cores = os.cpu_count() or 1
    return HostConfig(
        route_prefix=str(_section(extensions, "http").get("routePrefix", "api")).strip("/"),
        queues=_queue_settings(_section(extensions, "queues")),
        function_timeout=_function_timeout(str(host.get("functionTimeout", "00:30:00"))),
        log_levels={str(k): str(v) for k, v in _section(_section(host, "logging"), "logLevel").items()},
        hub_name=settings.expand(str(durable.get("hubName", "TestHubName"))),
        max_activities=int(durable.get("maxConcurrentActivityFunctions", 10 * cores)),
        max_orchestrations=int(durable.get("maxConcurrentOrchestratorFunctions", 10 * cores)),
        max_entities=int(durable.get("maxConcurrentEntityFunctions", 10 * cores)),
        versions=read_versions(
            durable.get("defaultVersion"), durable.get("versionMatchStrategy"), durable.get("versionFailureStrategy")
        ),
    )


def _queue_settings(queues: dict[str, Any]) -> QueueSettings:
    batch_size = int(queues.get("batchSize", 16))
    encoding = str(queues.get("messageEncoding", "base64")).lower()
    if encoding not in ("base64", "none"):
        raise ValueError(f"messageEncoding is '{encoding}', it must be base64 or none")
    if not 1 <= batch_size <= 32:
        raise ValueError("batchSize must be between 1 and 32")
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=int(queues.get("newBatchThreshold", batch_size // 2)),
        max_dequeue_count=int(queues.get("maxDequeueCount", 5)),
        max_polling_interval=parse_time_span(str(queues.get("maxPollingInterval", "00:00:02"))),
        visibility_timeout=parse_time_span(str(queues.get("visibilityTimeout", "00:00:00"))),
        base64=encoding == "base64",
    )


def parse_time_span(text: str) -> timedelta:
    """A .NET time span, `[d.]hh:mm[:ss[.f]]`.

    Raises:
        ValueError: it is none.
    """
    match = _TIME_SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a time span of the form hh:mm:ss")
    days, hours, minutes, seconds, fraction = match.groups(default="0")
    return timedelta(
        days=int(days), hours=int(hours), minutes=int(minutes), seconds=float(f"{int(seconds)}.{fraction}")
    )


def _function_timeout(text: str) -> timedelta | None:
    return None if text.startswith("-1") else parse_time_span(text)


def _section(parent: dict[str, Any], name: str) -> dict[str, Any]:
    for key, value in parent.items():
        if key.lower() == name.lower():
            if not isinstance(value, dict):
                raise ValueError(f"'{name}' must be an object")
            return cast(dict[str, Any], value)
    return {}


def _override(host: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        key = next((key for key in host if key.lower() == step.lower()), step)
        host = host.setdefault(key, {})
    host[next((key for key in host if key.lower() == path[-1].lower()), path[-1])] = value


def _read_json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise HostError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise HostError(f"{path.name} must hold a JSON object")
    return cast(dict[str, Any], content)
