"""What stands around every tool an agent may call: which may be called at all, and what its result may do."""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from shared.errors import Unavailable
from shared.shield import Shield
from shared.untrusted import marked

RESULT_CHARS = 20_000
"""More of a tool's result no agent needs, and a hostile one could fill the context with it."""
REFUSED = "This tool may not be called here. Answer without it."
WITHHELD = json.dumps({"left_out": "it held instructions, not information"})

log = logging.getLogger("helpdesk.agents")


def tool_walls(allowed: Sequence[str], shield: Shield | None, tell: Callable[[str], None]) -> Any:
    """Middleware: a tool that is not among the allowed does not run, and a result is marked as data.

    What the shield flags does not reach the model; `tell` hears the name of what was withheld, or that nobody looked.

    Agent Framework's information-flow middleware does not serve here (docs/decisions/0017): it lets a model call
    anything until a tool has returned something untrusted, while here the ticket itself already is.
    """
    from agent_framework import function_middleware

    @function_middleware
    async def walls(context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
        if context.function.name not in allowed:
            log.warning("a model called %s, which it may not", context.function.name)
            context.result = REFUSED
            return
        await call_next()
        result = _text(context.result)[:RESULT_CHARS]
        try:
            if shield is not None and await shield.flagged((result,)):
                tell(f"withheld:tool:{context.function.name}")
                result = WITHHELD
        except Unavailable as error:
            log.warning("the result of %s went by the shield unseen: %s", context.function.name, error)
            tell(error.dependency)
        context.result = marked(result)

    return walls


def _text(result: Any) -> str:
    if not isinstance(result, list):
        return str(result)
    return "\n".join(str(getattr(content, "text", None) or content) for content in cast(list[Any], result))
