from datetime import date, time

import pytest

from shared.errors import SettingsError
from shared.settings import read


def test_a_laptop_needs_no_setting_at_all():
    settings = read({})
    assert settings.model_provider == "offline"
    assert settings.tenant == "default"
    assert settings.policy.rungs_s == (1800, 3600, 14400)
    assert settings.policy.reopen_window_s == 7 * 24 * 3600
    assert settings.policy.sla.targets["P1"].business_hours is False
    assert settings.policy.sla.targets["P2"].resolution_s == 4 * 3600


def test_no_secret_and_no_endpoint_has_a_default():
    settings = read({})
    assert settings.storage is None
    assert settings.redis_url is None
    assert settings.openai_base_url is None
    assert settings.openai_api_key is None
    assert settings.azure_openai_endpoint is None
    assert settings.notify_webhook_url is None
    assert settings.notify_webhook_secret is None


def test_settings_are_typed():
    settings = read(
        {
            "ESCALATION_RUNGS_S": "1, 2.5",
            "REOPEN_WINDOW_S": "60",
            "MESSAGE_BURST_S": "0",
            "BATCH_CONCURRENCY": "7",
            "MODEL_PRICES_USD": '{"small": [1, 2.5]}',
            "BUSINESS_ZONE": "Europe/Paris",
            "BUSINESS_OPENS": "08:30",
            "BUSINESS_CLOSES": "18:00",
            "BUSINESS_WEEKDAYS": "5,0,0",
            "BUSINESS_HOLIDAYS": "2026-12-25, 2027-01-01",
            "SLA_TARGETS": '{"P2": {"first_response_s": 60, "resolution_s": 120}}',
        }
    )
    assert settings.policy.rungs_s == (1.0, 2.5)
    assert settings.policy.reopen_window_s == 60
    assert settings.policy.burst_s == 0
    assert settings.batch_concurrency == 7
    assert settings.model_prices_usd == {"small": (1.0, 2.5)}
    calendar = settings.policy.sla.calendar
    assert (calendar.zone, calendar.opens, calendar.closes) == ("Europe/Paris", time(8, 30), time(18))
    assert calendar.weekdays == (0, 5)
    assert calendar.holidays == (date(2026, 12, 25), date(2027, 1, 1))
    assert settings.policy.sla.targets["P2"].resolution_s == 120
    assert settings.policy.sla.targets["P3"].resolution_s == 24 * 3600


def test_limits_of_models_and_groups_and_agents_without_cache_are_read():
    settings = read(
        {
            "MODEL_REQUESTS_PER_MINUTE": "60",
            "MODEL_GROUP_LIMITS": '{"watch": {"requests": 10}}',
            "CACHE_OFF_AGENTS": "resolver, reviewer,",
        }
    )
    assert (settings.model_limits.requests, settings.model_limits.tokens) == (60, 0)
    assert settings.model_group_limits["watch"].requests == 10
    assert settings.cache_off_agents == {"resolver", "reviewer"}
    assert not read({}).model_limits


def test_an_empty_setting_counts_as_absent():
    assert read({"TENANT": "  ", "BATCH_CONCURRENCY": "", "REDIS_URL": ""}) == read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_PROVIDER", "magic"),
        ("ESCALATION_RUNGS_S", "10,-1"),
        ("ESCALATION_RUNGS_S", "10,,20"),
        ("ESCALATION_RUNGS_S", "600000"),
        ("ESCALATION_RUNGS_S", ",".join(["1"] * 11)),
        ("ESCALATION_REMINDER_S", "518400"),
        ("REOPEN_WINDOW_S", "0"),
        ("REOPEN_WINDOW_S", "nan"),
        ("MESSAGE_BURST_S", "inf"),
        ("BATCH_CONCURRENCY", "0"),
        ("BATCH_CONCURRENCY", "0.5"),
        ("BATCH_CONCURRENCY", "many"),
        ("RETRY_COUNT", "-1"),
        ("CONFIDENCE_FLOOR", "1.1"),
        ("MODEL_FALLBACK", "magic"),
        ("BREAKER_FAILURES", "0"),
        ("BREAKER_RESET_S", "0"),
        ("MODEL_REQUESTS_PER_MINUTE", "-1"),
        ("MODEL_TOKENS_PER_MINUTE", "0.5"),
        ("MODEL_GROUP_LIMITS", '{"watch": {"requests": -1}}'),
        ("MODEL_GROUP_LIMITS", '{"watch": 10}'),
        ("CACHE_TTL_S", "-1"),
        ("MODEL_PRICES_USD", "not json"),
        ("MODEL_PRICES_USD", "[]"),
        ("MODEL_PRICES_USD", '{"small": [1]}'),
        ("BUSINESS_ZONE", "Mars/Olympus"),
        ("BUSINESS_ZONE", "Europe"),
        ("BUSINESS_ZONE", "../../etc/passwd"),
        ("BUSINESS_OPENS", "nine"),
        ("BUSINESS_OPENS", "09:00+02:00"),
        ("BUSINESS_WEEKDAYS", "7"),
        ("BUSINESS_WEEKDAYS", ","),
        ("BUSINESS_HOLIDAYS", "2026-13-01"),
        ("SLA_TARGETS", '{"P2": {"first_response_s": 0, "resolution_s": 120}}'),
        ("SLA_TARGETS", '{"P9": {"first_response_s": 60, "resolution_s": 120}}'),
        ("SLA_TARGETS", "[]"),
        ("ORCHESTRATION_VERSIONS", '{"resolve_ticket": "2"}'),
        ("ORCHESTRATION_VERSIONS", '{"resolve_tickets": "1.0"}'),
    ],
)
def test_a_malformed_setting_is_refused_by_name(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        read({name: value})


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"MODEL_PROVIDER": "openai"}, "OPENAI_BASE_URL and OPENAI_API_KEY and OPENAI_MODEL"),
        (
            {"MODEL_PROVIDER": "azure_openai", "AZURE_OPENAI_MODEL": "m"},
            "AZURE_OPENAI_ENDPOINT",
        ),
        ({"NOTIFY_WEBHOOK_URL": "http://127.0.0.1:1"}, "NOTIFY_WEBHOOK_SECRET"),
    ],
)
def test_what_a_choice_needs_must_be_there(environment: dict[str, str], missing: str):
    with pytest.raises(SettingsError, match=missing):
        read(environment)


def test_no_error_tells_a_secret():
    environment = {"MODEL_PROVIDER": "openai", "OPENAI_API_KEY": "hush-hush"}
    with pytest.raises(SettingsError) as refused:
        read(environment)
    assert "hush-hush" not in str(refused.value)


AZURE = {"MODEL_PROVIDER": "azure_openai", "AZURE_OPENAI_ENDPOINT": "https://a.example", "AZURE_OPENAI_MODEL": "m"}


def test_azure_openai_goes_by_identity_and_by_key_only_where_that_was_chosen():
    assert read(AZURE).azure_openai_credential == "entra"
    assert read(AZURE | {"AZURE_OPENAI_CREDENTIAL": "key", "AZURE_OPENAI_API_KEY": "unused"}).azure_openai_api_key
    with pytest.raises(SettingsError, match="AZURE_OPENAI_API_KEY is set although AZURE_OPENAI_CREDENTIAL is entra"):
        read(AZURE | {"AZURE_OPENAI_API_KEY": "unused"})
    with pytest.raises(SettingsError, match="AZURE_OPENAI_API_KEY must be set"):
        read(AZURE | {"AZURE_OPENAI_CREDENTIAL": "key"})


def test_a_cap_below_nothing_is_refused_by_name():
    assert read({"BUDGET_TICKET_TOKENS": "5", "BUDGET_DAY_USD": "0.5"}).caps.day.usd == 0.5
    with pytest.raises(SettingsError, match="BUDGET_DAY_USD"):
        read({"BUDGET_DAY_USD": "-1"})


def test_cosmos_db_is_asked_over_tls_unless_it_is_an_emulator():
    assert read({"COSMOS_ENDPOINT": "https://desk.documents.example"}).cosmos_database == "helpdesk"
    assert read({"COSMOS_ENDPOINT": "http://127.0.0.1:8081", "COSMOS_KEY": "an emulator's"}).cosmos_key
    with pytest.raises(SettingsError, match="COSMOS_ENDPOINT"):
        read({"COSMOS_ENDPOINT": "http://desk.documents.example"})
