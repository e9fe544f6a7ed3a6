"""No line of the log and no span tells what is private, whoever writes it."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from shared.masking import mask


@cache
def mask_logs() -> None:
    """From now on every record is masked when it is made, before any handler sees it.

    An SDK puts what it sent into its exceptions: their text and traceback become part of the masked message,
    since a handler that was given the exception itself would write it out as it is.
    """
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        message = _message(made)
        if made.exc_info and made.exc_info[0] is not None:
            message += "\n" + "".join(traceback.format_exception(*made.exc_info)).rstrip()
        made.exc_info = made.exc_text = None
        made.msg, made.args = mask(message)[0], None
        return made

    logging.setLogRecordFactory(record)


def masked_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a span or event with what is private in their values masked; for whoever exports them."""
    return {name: _masked(value) for name, value in attributes.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)[0]
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return tuple(_masked(item) for item in cast(Sequence[Any], value))
    return value


def _message(record: logging.LogRecord) -> str:
    """As logged; arguments that do not fit their message must not lose the line."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"
