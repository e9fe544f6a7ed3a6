"""Carry out one action of an authorised plan; the same key has its effect once."""

from shared.actions import ActionResult
from shared.desk import Application
from shared.ports import Desk


async def apply(application: Application, desk: Desk) -> ActionResult:
    return await desk.directory.carry_out(application.action, application.key)
