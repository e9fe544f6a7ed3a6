"""Settings of which version an orchestration is started with."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared import names
from shared.setting_types import FromJson, Section


def _of_orchestrations(value: Mapping[str, str]) -> Mapping[str, str]:
    if unknown := sorted(value.keys() - set(names.REPLAYABLE)):
        raise ValueError(f"{', '.join(unknown)} cannot be set back; there are {', '.join(names.REPLAYABLE)}")
    return value


type Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
type SetBack = Annotated[Mapping[str, Version], FromJson, AfterValidator(_of_orchestrations)]


class VersionSettings(Section):
    """Versions of orchestrations"""

    orchestration_versions: SetBack = {}
    """orchestrations whose new instances take an earlier path, as long as it is kept: `{"resolve_ticket": "1.0"}`"""
