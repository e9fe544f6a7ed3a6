"""Heavy packages, imported at first use and beside the event loop.

An import of seconds in the loop would use up the deadlines of every other call that the process has in flight.
"""

import asyncio
from importlib import import_module

_loaded: set[str] = set()


async def loaded(*modules: str) -> None:
    """Return when the modules are imported; at once when they are. To be awaited before a deadline starts."""
    missing = [module for module in modules if module not in _loaded]
    if missing:
        await asyncio.to_thread(lambda: [import_module(module) for module in missing])
        _loaded.update(missing)
