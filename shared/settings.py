"""Every setting, read once from the environment and typed. No secret and no endpoint has a default."""

from collections.abc import Iterable, Mapping
from typing import cast

from pydantic import ValidationError

from shared.errors import SettingsError
from shared.setting_types import Section
from shared.settings_alerts import AlertSettings
from shared.settings_budget import BudgetSettings
from shared.settings_identity import ApprovalLinkSettings, DoorSettings, IdentitySettings
from shared.settings_memory import MemorySettings
from shared.settings_models import ModelSettings
from shared.settings_outside import SourceSettings, ToolServerSettings
from shared.settings_policy import PolicySettings
from shared.settings_safety import SafetySettings
from shared.settings_stores import (
    AuditSettings,
    CosmosSettings,
    DirectorySettings,
    KnowledgeSettings,
    NotificationSettings,
    StoreSettings,
)
from shared.settings_telemetry import TelemetrySettings
from shared.settings_versions import VersionSettings
from shared.settings_watch import WatchSettings


class Settings(
    PolicySettings,
    ModelSettings,
    BudgetSettings,
    ToolServerSettings,
    SourceSettings,
    KnowledgeSettings,
    DirectorySettings,
    AuditSettings,
    NotificationSettings,
    IdentitySettings,
    DoorSettings,
    ApprovalLinkSettings,
    WatchSettings,
    AlertSettings,
    SafetySettings,
    MemorySettings,
    StoreSettings,
    CosmosSettings,
    TelemetrySettings,
    VersionSettings,
):
    """All sections in one."""


SECTIONS = cast(tuple[type[Section], ...], Settings.__bases__)


def environment_names(section: type[Section], attribute: str) -> tuple[str, ...]:
    """What an attribute is called in the environment; the first that is set counts."""
    return section.ENVIRONMENT_NAMES.get(attribute, (attribute.upper(),))


def read(environment: Mapping[str, str]) -> Settings:
    """Read and check all settings. Raises SettingsError, which names the setting at fault and never its value."""
    settings = _checked(Settings, SECTIONS, environment)
    for section in SECTIONS:
        for reason, needed in section.needs(settings).items():
            if missing := [name.upper() for name in needed if getattr(settings, name) is None]:
                raise SettingsError(f"{' and '.join(missing)} must be set ({reason})")
    return settings


def read_section[T: Section](section: type[T], environment: Mapping[str, str]) -> T:
    """One section alone, for what must be known before anything is called. Raises SettingsError."""
    return _checked(section, (section,), environment)


def _checked[T: Section](model: type[T], sections: Iterable[type[Section]], environment: Mapping[str, str]) -> T:
    given = {
        attribute: value
        for section in sections
        for attribute in section.model_fields
        if (value := _first_set(environment, environment_names(section, attribute)))
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = [
            f"{str(fault['loc'][0]).upper()} is not valid: {fault['msg']}" if fault["loc"] else fault["msg"]
            for fault in error.errors()
        ]
        raise SettingsError("; ".join(faults)) from None


def _first_set(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := environment.get(name, "").strip())), None)
