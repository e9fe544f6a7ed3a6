"""An OpenAI-compatible server that always takes 200 ms: a model whose speed is known, in a process of its own.

Its answers are fixed, one for each answer type, so that only the desk's own share of the time varies. It counts
what it is asked, at four characters a token: `python -m benchmarks.model_server` prints its port and serves until
its standard input ends.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aiohttp import web

from samples.stack import REPOSITORY
from shared.untrusted import unmarked

DELAY_S = 0.2
CHARS_A_TOKEN = 4
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


@dataclass(frozen=True)
class Asked:
    """What reached the model so far; `questions` are ticket and time (seconds since 1970), one for each call."""

    calls: int
    input_tokens: int
    output_tokens: int
    questions: list[tuple[str | None, float]]


@dataclass(frozen=True)
class Model:
    """The server as a desk and a measurement know it."""

    url: str

    @property
    def settings(self) -> dict[str, str]:
        return {
            "MODEL_PROVIDER": "openai", "OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": "none",
            "OPENAI_MODEL": "fixed",
            "CACHE_TTL_S": "0",  # the tickets are alike, and every one of their calls is to be made
        }  # fmt: skip

    def asked(self) -> Asked:
        return Asked(**httpx.get(f"{self.url}/asked").raise_for_status().json())


@contextmanager
def model_server() -> Generator[Model]:
    """Serves on a free loopback port."""
    command = [sys.executable, "-m", "benchmarks.model_server"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Model(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.stdin.close()


class _Server:
    def __init__(self) -> None:
        self.asked = Asked(0, 0, 0, [])

    async def complete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        question = json.loads(unmarked(asked["messages"][-1]["content"]))
        answer = json.dumps(_answer(asked, question))
        read = sum(len(str(message["content"])) for message in asked["messages"]) // CHARS_A_TOKEN
        written = len(answer) // CHARS_A_TOKEN
        self._count(question.get("ticket_id"), read, written)
        await asyncio.sleep(DELAY_S)
        return web.json_response(
            {
                "id": "fixed", "object": "chat.completion", "created": 0, "model": "fixed-200-ms",
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
                ],
                "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
            }
        )  # fmt: skip

    async def told(self, _request: web.Request) -> web.Response:
        return web.json_response(vars(self.asked))

    def _count(self, ticket: str | None, read: int, written: int) -> None:
        before = self.asked
        before.questions.append((ticket, time.time()))
        self.asked = Asked(
            before.calls + 1, before.input_tokens + read, before.output_tokens + written, before.questions
        )


def _answer(asked: dict[str, Any], question: dict[str, Any]) -> Any:
    wanted = asked["response_format"]["json_schema"]["name"]
    if wanted == "Triage" and "A complex matter" in json.dumps(asked["messages"]):
        return {**TRIAGE, "complexity": "complex"}
    answer = ANSWERS[wanted]
    return answer(question) if callable(answer) else answer


async def _serve() -> None:
    server = _Server()
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/v1/chat/completions", server.complete)
    app.router.add_get("/asked", server.told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
