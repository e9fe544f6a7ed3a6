"""A model on the OpenAI wire that answers by the type it is asked for, slowly or badly where a test wants that."""

import asyncio
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from shared.untrusted import unmarked
from tests.contract.openai_wire import in_responses_api


class Model:
    """Set `answers`, `delays_s` and `failures` (how many calls still fail) by the name of the answer type.

    `Type:role` is for one of several agents that answer in the same type. An answer may be a function of the
    question.
    """

    def __init__(self, **answers: Any):
        self._well = answers
        self._let_go = threading.Event()
        self.url = ""
        self.forget()

    def forget(self) -> None:
        """Answer as at first, and have been asked nothing; whoever still waits for an answer is given it."""
        self.let_go()
        self.answers: dict[str, Any] = dict(self._well)
        self.delays_s: dict[str, float] = {}
        self.failures: dict[str, int] = {}
        self.asked: list[str] = []
        """The answer types that were asked for, in order: what reached the model."""
        self.asked_roles: list[tuple[str, str | None, str]] = []
        """Answer type, role and model of each of them."""
        self.questions: list[Any] = []
        self.kept: list[str] = []
        """Ids of what the Responses API has answered."""
        self.went_on_from: list[str | None] = []
        """From what each question to the Responses API went on."""

    def let_go(self) -> None:
        """Whoever waits for an answer is given it now."""
        self._let_go.set()
        self._let_go = threading.Event()

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a desk that thinks with it; the key is a placeholder that nobody checks."""
        return {
            "MODEL_PROVIDER": "openai", "OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "unused",
            "OPENAI_MODEL": "told-what-to-say", "MODEL_PRICES_USD": '{"told-what-to-say": [1.0, 2.0]}',
        }  # fmt: skip

    async def complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        said = await self._said(
            body["response_format"]["json_schema"]["name"], body["messages"][-1]["content"], body["model"]
        )
        return _failed(500) if said is None else web.json_response(said)

    async def respond(self, request: web.Request) -> web.Response:
        """The Responses API, which keeps what it has answered, and goes on from nothing else."""
        body = await request.json()
        before = body.get("previous_response_id")
        self.went_on_from.append(before)
        if before is not None and before not in self.kept:
            return _failed(404, "previous_response_not_found")
        told = body["input"][-1]["content"][0]["text"]
        said = await self._said(body["text"]["format"]["name"], told, body["model"])
        if said is None:
            return _failed(500)
        self.kept.append(f"resp_{len(self.kept) + 1}")
        return web.json_response(in_responses_api(said, self.kept[-1]))

    async def _said(self, wanted: str, told: str, model: str) -> dict[str, Any] | None:
        """A chat completion; None where the call is to fail."""
        question = json.loads(unmarked(told))
        role = question.get("role")
        own = f"{wanted}:{role}"
        self.asked.append(wanted)
        self.questions.append(question)
        self.asked_roles.append((wanted, role, model))
        if delay_s := self.delays_s.get(own, self.delays_s.get(wanted, 0.0)):
            await asyncio.to_thread(self._let_go.wait, delay_s)
        key = own if own in self.failures else wanted
        if self.failures.get(key, 0) > 0:
            self.failures[key] -= 1
            return None
        answer = self.answers.get(own, self.answers.get(wanted))
        said = answer(question) if callable(answer) else answer
        message = {"role": "assistant", "content": json.dumps(said)}
        return {
            "id": "told", "object": "chat.completion", "created": 0, "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        }  # fmt: skip


def _failed(status: int, code: str = "error") -> web.Response:
    return web.json_response({"error": {"message": "no", "type": "error", "code": code}}, status=status)


@contextmanager
def serving(model: Model) -> Generator[Model]:
    """Serves on a free port of loopback, in a thread of its own."""
    loop = asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    app.router.add_post("/v1/responses", model.respond)
    runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def serve() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner.addresses[0][1]

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    # There: whoever drives a browser has a loop of their own running in this thread.
    model.url = f"http://127.0.0.1:{asyncio.run_coroutine_threadsafe(serve(), loop).result(5)}/v1"
    try:
        yield model
    finally:
        model.let_go()
        asyncio.run_coroutine_threadsafe(_end(runner), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _end(runner: web.AppRunner) -> None:
    """Also what still waits to answer: its caller has gone."""
    await runner.cleanup()
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
