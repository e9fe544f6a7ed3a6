"""What can go wrong, told apart by what the caller can do about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.thinking import Usage


class DeskError(Exception):
    """Base of every error the desk raises itself; `usage` is what a model had cost by then."""

    usage: "Usage | None" = None


class Permanent(DeskError):
    """Trying again cannot help: invalid input, refused by the model's filter, not authorised."""


class Transient(DeskError):
    """Trying again may help; `retry_after_s` is the other side's own wish, where it gave one."""

    def __init__(self, message: str, retry_after_s: float | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Throttled(Transient):
    """The other side is up but asks for fewer calls (429)."""


class HeldBack(Transient):
    """Our own limit: nothing was asked yet, so waiting `retry_after_s` costs no attempt."""

    def __init__(self, message: str, retry_after_s: float):
        super().__init__(message, retry_after_s)


class CircuitOpen(Transient):
    """The circuit breaker knows that it would fail; `retry_after_s` is when it will be tried."""

    def __init__(self, message: str, retry_after_s: float):
        super().__init__(message, retry_after_s)


class OverBudget(Permanent):
    """A cap on what thinking may cost has been reached."""


class Conflict(Permanent):
    """What was to be changed is not as the caller believes: somebody else was faster."""


class SessionRefused(Permanent):
    """A session was written by another agent, or under another configuration, or is none."""


class ConversationLost(Permanent):
    """The model's service no longer has the conversation that was to go on."""


class InvalidCursor(Permanent):
    """A listing was asked to go on from a cursor the desk did not give."""


class InvalidAnswer(Permanent):
    """A model's answer did not fit its type, also when asked again with the error."""


class Unavailable(Transient):
    """A dependency is down; `dependency` is its name in the health report."""

    def __init__(self, dependency: str, message: str, retry_after_s: float | None = None):
        super().__init__(f"{dependency} is not available: {message}", retry_after_s)
        self.dependency = dependency


class SettingsError(DeskError):
    """A setting is missing or malformed; the message names it."""
