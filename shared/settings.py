"""Every setting, read once from the environment and typed. No secret and no endpoint has a default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from pydantic import TypeAdapter

from shared.desk import Policy
from shared.errors import SettingsError
from shared.rate_limit import Limits
from shared.sla import Calendar, SlaPolicy, Target
from shared.tickets import Priority

HOUR_S = 3600
DAY_S = 24 * HOUR_S

DEFAULT_TARGETS: dict[Priority, Target] = {
    "P1": Target(first_response_s=HOUR_S // 2, resolution_s=2 * HOUR_S, business_hours=False),
    "P2": Target(first_response_s=HOUR_S, resolution_s=4 * HOUR_S),
    "P3": Target(first_response_s=8 * HOUR_S, resolution_s=24 * HOUR_S),
    "P4": Target(first_response_s=24 * HOUR_S, resolution_s=72 * HOUR_S),
    "P5": Target(first_response_s=24 * HOUR_S, resolution_s=72 * HOUR_S),
}


@dataclass(frozen=True)
class Settings:
    """One attribute per setting; the name in the environment is the same in capitals."""

    tenant: str
    model_provider: Literal["offline", "openai", "azure_openai"]
    openai_base_url: str | None
    openai_api_key: str | None
    openai_model: str | None
    azure_openai_endpoint: str | None
    azure_openai_model: str | None
    model_timeout_s: float
    model_prices: Mapping[str, tuple[float, float]]
    """USD for a million input and output tokens, by model name."""
    agent_models: Mapping[str, str]
    """The model (Azure: deployment) of an agent that has one of its own, by the agent's name."""
    model_fallback: Literal["none", "rules"]
    model_limits: Limits
    model_group_limits: Mapping[str, Limits]
    breaker_failures: int
    breaker_reset_s: float
    cache_ttl_s: float
    cache_off_agents: frozenset[str]
    storage: str | None
    queue_storage: str | None
    event_grid_topic_endpoint: str | None
    redis_url: str | None
    archive_path: str | None
    knowledge_dir: str
    knowledge_refresh_s: float
    directory_dir: str
    directory_path: str | None
    triage_examples: str
    notify_webhook_url: str | None
    notify_webhook_secret: str | None
    batch_concurrency: int
    batch_watchdog_s: float
    policy: Policy


def read(environment: Mapping[str, str]) -> Settings:
    """Read and check all settings. Raises SettingsError, which names the setting at fault."""

    def text(name: str, default: str | None = None) -> str | None:
        return environment.get(name, "").strip() or default

    def parsed[T](name: str, default: str, parse: Callable[[str], T]) -> T:
        value = text(name, default) or default
        try:
            return parse(value)
        except (ValueError, TypeError, KeyError) as error:
            raise SettingsError(f"{name} is not valid: {value!r} ({error})") from error

    provider = text("MODEL_PROVIDER", "offline")
    if provider not in ("offline", "openai", "azure_openai"):
        raise SettingsError(f"MODEL_PROVIDER must be offline, openai or azure_openai, not {provider!r}")
    needed = {
        "offline": (),
        "openai": ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"),
        "azure_openai": ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_MODEL"),
    }[provider]
    fallback = text("MODEL_FALLBACK", "none")
    if fallback not in ("none", "rules"):
        raise SettingsError(f"MODEL_FALLBACK must be none or rules, not {fallback!r}")
    webhook = text("NOTIFY_WEBHOOK_URL")
    if webhook:
        needed = (*needed, "NOTIFY_WEBHOOK_SECRET")
    if missing := [name for name in needed if not text(name)]:
        raise SettingsError(f"{' and '.join(missing)} must be set (MODEL_PROVIDER is {provider})")

    return Settings(
        tenant=text("TENANT", "default") or "default",
        model_provider=provider,
        openai_base_url=text("OPENAI_BASE_URL"),
        openai_api_key=text("OPENAI_API_KEY"),
        openai_model=text("OPENAI_MODEL"),
        azure_openai_endpoint=text("AZURE_OPENAI_ENDPOINT"),
        azure_openai_model=text("AZURE_OPENAI_MODEL"),
        model_timeout_s=parsed("MODEL_TIMEOUT_S", "60", _positive),
        model_prices=parsed("MODEL_PRICES_USD", "{}", _prices),
        agent_models=parsed("AGENT_MODELS", "{}", _agent_models),
        model_fallback=fallback,
        model_limits=Limits(
            requests=parsed("MODEL_REQUESTS_PER_MINUTE", "0", _limit),
            tokens=parsed("MODEL_TOKENS_PER_MINUTE", "0", _limit),
        ),
        model_group_limits=parsed("MODEL_GROUP_LIMITS", "{}", _group_limits),
        breaker_failures=parsed("BREAKER_FAILURES", "5", _count),
        breaker_reset_s=parsed("BREAKER_RESET_S", "60", _positive),
        cache_ttl_s=parsed("CACHE_TTL_S", "3600", _not_negative),
        cache_off_agents=frozenset(
            name.strip() for name in (text("CACHE_OFF_AGENTS") or "").split(",") if name.strip()
        ),
        storage=text("AzureWebJobsStorage") or text("AzureWebJobsStorage__blobServiceUri"),
        queue_storage=text("AzureWebJobsStorage") or text("AzureWebJobsStorage__queueServiceUri"),
        event_grid_topic_endpoint=text("EVENT_GRID_TOPIC_ENDPOINT"),
        redis_url=text("REDIS_URL"),
        archive_path=text("ARCHIVE_PATH"),
        knowledge_dir=text("KNOWLEDGE_DIR", "samples/knowledge") or "",
        knowledge_refresh_s=parsed("KNOWLEDGE_REFRESH_S", "30", _not_negative),
        directory_dir=text("DIRECTORY_DIR", "samples/directory") or "",
        directory_path=text("DIRECTORY_PATH"),
        triage_examples=text("TRIAGE_EXAMPLES", "samples/triage/examples.jsonl") or "",
        notify_webhook_url=webhook,
        notify_webhook_secret=text("NOTIFY_WEBHOOK_SECRET"),
        batch_concurrency=parsed("BATCH_CONCURRENCY", "20", _count),
        batch_watchdog_s=parsed("BATCH_WATCHDOG_S", "30", _positive),
        policy=Policy(
            rungs_s=parsed("ESCALATION_RUNGS_S", "1800,3600,14400", _rungs),
            reminder_s=parsed("ESCALATION_REMINDER_S", str(DAY_S), _reminder),
            burst_s=parsed("MESSAGE_BURST_S", "3", _not_negative),
            reopen_window_s=parsed("REOPEN_WINDOW_S", str(7 * DAY_S), _positive),
            specialist_deadline_s=parsed("SPECIALIST_DEADLINE_S", "30", _positive),
            retry_count=parsed("RETRY_COUNT", "3", lambda value: int(_not_negative(value))),
            retry_first_delay_s=parsed("RETRY_FIRST_DELAY_S", "5", _positive),
            confidence_floor=parsed("CONFIDENCE_FLOOR", "0.45", _share),
            sla=SlaPolicy(
                calendar=Calendar(
                    zone=parsed("BUSINESS_ZONE", "UTC", _zone),
                    opens=parsed("BUSINESS_OPENS", "09:00", _wall_time),
                    closes=parsed("BUSINESS_CLOSES", "17:00", _wall_time),
                    weekdays=parsed("BUSINESS_WEEKDAYS", "0,1,2,3,4", _weekdays),
                    holidays=parsed("BUSINESS_HOLIDAYS", "", _dates),
                ),
                targets=parsed("SLA_TARGETS", "{}", _targets),
            ),
        ),
    )


def _positive(value: str) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError("must be more than 0")
    return number


def _not_negative(value: str) -> float:
    return 0.0 if float(value) == 0 else _positive(value)


def _count(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def _limit(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("must be 0 (no limit) or more")
    return number


def _group_limits(value: str) -> dict[str, Limits]:
    return TypeAdapter(dict[str, Limits]).validate_json(value)


def _wall_time(value: str) -> time:
    moment = time.fromisoformat(value)
    if moment.tzinfo is not None:
        raise ValueError("is a wall time; its zone is BUSINESS_ZONE")
    return moment


def _share(value: str) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError("must be between 0 and 1")
    return number


def _reminder(value: str) -> float:
    seconds = _positive(value)
    if seconds >= 6 * DAY_S:
        raise ValueError("must be under six days: a longer durable timer can hold an instance")
    return seconds


def _rungs(value: str) -> tuple[float, ...]:
    rungs = tuple(_reminder(part) for part in value.split(","))
    if len(rungs) > 10:
        raise ValueError("at most ten rungs")
    return rungs


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(value).key
    except ZoneInfoNotFoundError as error:
        raise ValueError("not a known time zone") from error


def _weekdays(value: str) -> tuple[int, ...]:
    days = tuple(sorted({int(part) for part in value.split(",")}))
    if not all(0 <= day <= 6 for day in days):
        raise ValueError("weekdays run from 0 (Monday) to 6")
    return days


def _dates(value: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(part.strip()) for part in value.split(",") if part.strip())


def _agent_models(value: str) -> dict[str, str]:
    return TypeAdapter(dict[str, str]).validate_json(value)


def _prices(value: str) -> dict[str, tuple[float, float]]:
    return TypeAdapter(dict[str, tuple[float, float]]).validate_json(value)


def _targets(value: str) -> dict[Priority, Target]:
    return DEFAULT_TARGETS | TypeAdapter(dict[Priority, Target]).validate_json(value)
