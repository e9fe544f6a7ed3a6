"""One answered call to a model: measured, logged, and put on the account of whoever it was made for."""

import logging
from uuid import uuid4

from shared import metrics
from shared.budget import Ledger, payer
from shared.metering import measure
from shared.thinking import Usage

log = logging.getLogger("helpdesk.models")


async def counted(agent: str, model: str, usage: Usage, ledger: Ledger | None) -> None:
    who = {"agent": agent, "model": model}
    measure(metrics.MODEL_CALLS, usage.model_calls, **who)
    measure(metrics.MODEL_COST, usage.cost_usd, **who)
    measure(metrics.MODEL_TOKENS, usage.input_tokens, direction="input", **who)
    measure(metrics.MODEL_TOKENS, usage.output_tokens, direction="output", **who)
    log.info("%s asked %s: %s", agent, model, usage.model_dump_json(exclude_defaults=True))
    if ledger is not None:
        await ledger.spend(payer(), agent, usage, uuid4().hex)
