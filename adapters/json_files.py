"""Reading JSON files that an operator keeps; a fault names the file."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared.errors import Permanent


def load[T](path: Path, adapter: TypeAdapter[T]) -> T:
    """Raises Permanent."""
    try:
        return adapter.validate_json(path.read_bytes())
    except OSError as error:
        raise Permanent(f"{path.name} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise Permanent(f"{path.name} is not valid: {error}") from error
