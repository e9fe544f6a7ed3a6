"""Lines that libraries write about every turn and every request: spans and histories tell the same, and to format,
mask, print and keep them costs more than many a call that they tell of."""

import logging

CHATTY = ("azure.durable_functions", "azure.functions", "azure.core.pipeline", "httpx", "httpx2")


def quieten() -> None:
    """From now on these libraries are heard when something is wrong."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
