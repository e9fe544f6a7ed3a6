"""An OpenAI-compatible server that always takes 200 ms: a model whose speed is known.

Its answers are fixed, one for each answer type, so that only the desk's own share of the time varies.
"""

import asyncio
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from shared.untrusted import unmarked

DELAY_S = 0.2
TRIAGE = {"category": "network", "type": "incident", "impact": 3, "urgency": 2, "complexity": "simple",
          "confidence": 0.9, "language": "en", "wants_person": False, "reasons": ["fixed"]}  # fmt: skip
PLAN: dict[str, Any] = {"outcome": "answer", "answer": "A fixed answer.", "citations": [], "actions": [],
                        "confidence": 0.9, "reason": "fixed"}  # fmt: skip


def cited(question: dict[str, Any]) -> dict[str, Any]:
    """The fixed plan resting on the first passage that was found: without any, a person would get the ticket."""
    citations = [
        {"id": passage["article_id"], "title": passage["title"], "section": passage["section"]}
        for passage in question["recollection"]["passages"][:1]
    ]
    return PLAN | {"citations": citations}


ANSWERS: dict[str, Any] = {
    "Triage": TRIAGE,
    "Plan": cited,
    "Review": {"approved": True, "problems": []},
    "Finding": {"summary": "A fixed finding.", "citations": [], "confidence": 0.5},
    "Ballot": {"choice": "a", "confidence": 0.9, "why": "fixed"},
    "Vote": {"category": "network", "confidence": 0.9, "why": "fixed"},
}  # fmt: skip
"""By the name of the answer type; one may follow from the question."""


async def _complete(request: web.Request) -> web.Response:
    asked = await request.json()
    wanted = asked["response_format"]["json_schema"]["name"]
    answer = ANSWERS[wanted]
    if callable(answer):
        answer = answer(json.loads(unmarked(asked["messages"][-1]["content"])))
    if wanted == "Triage" and "A complex matter" in json.dumps(asked["messages"]):
        answer = {**TRIAGE, "complexity": "complex"}
    await asyncio.sleep(DELAY_S)
    message = {"role": "assistant", "content": json.dumps(answer)}
    return web.json_response(
        {
            "id": "fixed", "object": "chat.completion", "created": 0, "model": "fixed-200-ms",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        }
    )  # fmt: skip


@contextmanager
def model_server() -> Generator[str]:
    """Serves on a free loopback port in a thread of its own; yields the base URL."""
    loop = asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", _complete)
    runner = web.AppRunner(app)

    async def serve() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner.addresses[0][1]

    port = loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
