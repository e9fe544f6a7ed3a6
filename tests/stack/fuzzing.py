"""Calls every door as its description allows, and as it does not: schemathesis against a desk of its own.

`python -m tests.stack.fuzzing SECONDS` does so for as long; each time with other data.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.stack.desk import Desk, running, sample

SETTINGS = {"CONVERSATION_WAIT_S": "0.2", "MESSAGE_BURST_S": "0.2"}
BEYOND_A_SCHEMA = (
    "decide", "decide_draft", "add_message", "post_consensus", "post_discussion", "post_research", "put_article",
    "put_memory", "decide_task", "create_batch", "rate_ticket",
)  # fmt: skip
"""Doors that refuse bodies for what a schema cannot say: a field that another needs, names of agents there are not."""
TAKEN = ("2xx", "3xx", 401, 403, 404, 409, 410, 412, 422, 429)
"""What may become of a good request: what it asks for may not be there, or not be so any more."""
REFUSED = (400, 401, 403, 404, 405, 406, 409, 414, 415, 422, 428, 429, "5xx")
"""What becomes of a bad request, with 414 where a value makes the address too long; another check judges 5xx."""
STAYS_READABLE = ("cancel_task", "get_task", "delete_memory", "get_memory")
"""A DELETE that ends a task or empties a memory leaves what tells of that where it was."""
NOT_OURS = ("unsupported_method", "allow_header_conformance", "ignored_auth")
"""Which methods a route has is for the host to say; on a laptop its developer calls, without any key."""


def known_ids(desk: Desk) -> dict[str, list[str]]:
    """What there is, by the beginning of the paths it is found under: most made-up ids lead no further than 404."""
    resolved, escalated = desk.resolved()["id"], desk.escalated()["id"]
    thread = desk.api.post("/conversations", json={"requester": sample()["requester"]}).json()["thread"]
    task = desk.api.post("/create-content", json={"topic": "How to print"}).json()["task_id"]
    batch = desk.api.post("/batches", json=[sample()]).json()["id"]
    article = desk.api.get("/knowledge?limit=1").json()["items"][0]["id"]
    return {
        "/tickets/": [resolved, escalated], "/conversations/": [thread], "/task/": [task], "/batches/": [batch],
        "/knowledge/{": [article], "/users/": [sample()["requester"]["id"]],
    }  # fmt: skip


def listings(desk: Desk) -> list[str]:
    """Doors that take a cursor: one that no listing gave is refused."""
    operations = [
        operation
        for methods in desk.api.get("/openapi.json").json()["paths"].values()
        for operation in methods.values()
    ]
    return [each["operationId"] for each in operations if any(p["name"] == "cursor" for p in each["parameters"])]


def configuration(ids: dict[str, list[str]], with_cursor: list[str]) -> str:
    """What no option of the command says, as TOML."""
    parts = ["[cache]\nenabled = false\n", f"[checks.positive_data_acceptance]\nexpected-statuses = {_toml(TAKEN)}\n"]
    parts.append(f"[checks.negative_data_rejection]\nexpected-statuses = {_toml(REFUSED)}\n")
    parts += [f"[dictionaries.known{number}]\nvalues = {_toml(known)}\n" for number, known in enumerate(ids.values())]
    for number, path in enumerate(ids):
        name = "thread" if path == "/conversations/" else "id"
        at = f'include-path-regex = "^{path.replace("{", "[{]")}"'
        parts.append(
            f'[[operations]]\n{at}\nparameters = {{ "path.{name}" = '
            f'{{ dictionary = "known{number}", probability = 0.7 }} }}\n'
        )
    parts.append(
        f"[[operations]]\ninclude-operation-id = {_toml((*BEYOND_A_SCHEMA, *with_cursor))}\n"
        f"checks.positive_data_acceptance.expected-statuses = {_toml((*TAKEN, 400))}\n"
    )
    parts.append(
        f"[[operations]]\ninclude-operation-id = {_toml(STAYS_READABLE)}\nchecks.use_after_free.enabled = false\n"
    )
    return "\n".join(parts)


def _toml(values: Sequence[object]) -> str:
    return json.dumps(list(values))


def fuzz(desk: Desk, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis over all doors; what it found is in the output."""
    config = folder / "schemathesis.toml"
    config.write_text(configuration(known_ids(desk), listings(desk)))
    return subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "--config-file", config, "--no-color",
            "run", f"{desk.stack.url}/api/openapi.json", "--exclude-checks", ",".join(NOT_OURS),
            "--continue-on-failure", "--warnings", "off", *options,
        ],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def main() -> int:
    seconds = sys.argv[1] if len(sys.argv) > 1 else "300"
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "desk", SETTINGS) as desk:
        found = fuzz(desk, Path(folder), "--max-time", seconds)
    print(found.stdout, found.stderr, sep="\n")
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
