"""How clients of blobs and queues are opened and what their errors mean: one account, one patience."""

from typing import Any

from shared.errors import DeskError, Permanent, Unavailable

_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
PATIENCE: dict[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 10,
    # Once more, since the orchestration's own retries are the patient ones; after two to four seconds, in which an
    # emulator that starts beside the host is there: the first number plus the second, give or take the third.
    "retry_total": 1,
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
}


def opened(kind: Any, connection: str, *names: str) -> tuple[Any, Any]:
    """A client of this SDK class, and the credential to close with it where the ambient Entra identity is used.

    `connection` is a connection string, or the https URL of the account's service. Raises Permanent for neither.
    """
    if connection.startswith("https://"):
        from azure.identity.aio import DefaultAzureCredential

        credential = DefaultAzureCredential()
        return kind(connection, *names, credential=credential, **PATIENCE), credential
    try:
        return kind.from_connection_string(connection, *names, **PATIENCE), None
    except ValueError as error:
        raise Permanent("the storage connection is neither a connection string nor an https URL") from error


def told_apart(error: Any) -> DeskError:
    """A refusal is permanent; what may pass is Unavailable."""
    status = getattr(error, "status_code", None)
    if status is not None and status not in _TRY_AGAIN:
        return Permanent(f"storage refused: {status} {getattr(error, 'error_code', None) or error.reason}")
    return Unavailable("storage", str(error).partition("\n")[0])
