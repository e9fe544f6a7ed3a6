"""The port of the directory: who people are, how services are, and the changes the desk may make."""

from typing import Protocol

from shared.actions import ActionResult, DirectoryAction, Undone
from shared.thinking import KnownIncident, Profile, ServiceState
from shared.visibility import Relation


class Directory(Protocol):
    """Who people are, how services are, and the changes the desk may make."""

    async def profile(self, user_id: str, email: str | None = None) -> Profile: ...

    async def relation(self, asker_id: str, user_id: str) -> Relation:
        """What the person is to whoever asks, who decides what of them may be shown."""
        ...

    async def services(self) -> tuple[ServiceState, ...]: ...

    async def incidents(self) -> tuple[KnownIncident, ...]:
        """Those that are being worked on."""
        ...

    async def carry_out(self, action: DirectoryAction, key: str) -> ActionResult:
        """Do it once per `key`, also after a crash. Raises Permanent for an unknown user or group."""
        ...

    async def undo(self, key: str, by: str) -> Undone | None:
        """Put back what was done under `key`, once; None when nothing was. Raises Permanent where it cannot be."""
        ...
