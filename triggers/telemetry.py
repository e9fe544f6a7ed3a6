"""Telemetry of the functions: set up when the first of them runs, and only where somebody collects it."""

from functools import cache

import azure.durable_functions as df
import azure.functions as func

from shared.errors import SettingsError
from triggers.services import services

bp = df.Blueprint()


@cache
def exporting() -> bool:
    """Whether anything is exported; sets that up, once per process."""
    try:
        settings = services().settings
    except SettingsError:
        return False
    if settings.is_exporting:
        from adapters.telemetry import start

        start(settings)
    return settings.is_exporting


@bp.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", use_monitor=False)
async def show_readings(timer: func.TimerRequest) -> None:
    """Set the gauges; a timer runs once for all instances, so each value is exported once."""
    if not exporting():
        return
    from activities.readings import readings
    from shared.metering import board

    board.show(await readings(services()))
