"""`make demo`: real sample tickets through the whole desk, and what became of each."""

import json
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.live import Live
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from samples.stack import REPOSITORY, Stack, start

TICKETS = REPOSITORY / "samples" / "tickets"
DATA_DIR = REPOSITORY / ".local" / "demo"
PATIENCE_S = 60.0
BATCH_ID = "demo-batch"
FINAL = {"resolved", "closed", "waiting_for_requester"}
SHOWN_IN_FULL = "Approval: finance share"


@dataclass
class Run:
    """One sample on its way: what it must come to, and what it has come to so far."""

    sample: dict[str, Any]
    id: str
    began: float = field(default_factory=time.monotonic)
    ticket: dict[str, Any] = field(default_factory=dict[str, Any])
    took_s: float | None = None
    decided: bool = False

    @property
    def over(self) -> bool:
        return self.took_s is not None


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 150)
    shutil.rmtree(DATA_DIR, ignore_errors=True)
    console.print("Starting the desk with its own Redis and storage queues ...")
    began = time.monotonic()
    desk = start(DATA_DIR, {"MESSAGE_BURST_S": "1"})
    try:
        with httpx.Client(base_url=f"{desk.url}/api", timeout=30) as api:
            console.print(f"It serves at {desk.url}/api (model: rules, no cloud account, no key)\n")
            runs = [_send(api, sample) for sample in json.loads((TICKETS / "demo.json").read_text())]
            _queue_batch(desk)
            batch = _follow(console, api, runs)
            _show_timeline(console, api, next(run for run in runs if run.sample["name"] == SHOWN_IN_FULL))
            faults = [fault for run in runs for fault in _faults(run)] + _batch_faults(batch)
    finally:
        desk.stop()
    for fault in faults:
        console.print(f"[red]NOT AS EXPECTED[/] {fault}")
    verdict = "[red]Some tickets ended otherwise[/]" if faults else "[green]Every ticket ended as its sample says[/]"
    console.print(
        f"\n{verdict}, in {time.monotonic() - began:.0f} s. The host's log: {desk.log.relative_to(REPOSITORY)}"
    )
    return 1 if faults else 0


def _send(api: httpx.Client, sample: dict[str, Any]) -> Run:
    answer = api.post("/tickets", json=sample["ticket"], headers={"Idempotency-Key": sample["name"]})
    answer.raise_for_status()
    return Run(sample, answer.json()["id"])


def _queue_batch(desk: Stack) -> None:
    """The twelve tickets of the batch, one of them invalid on purpose, as one message on the queue."""
    from azure.storage.queue import QueueClient, TextBase64EncodePolicy

    lines = (TICKETS / "batch.jsonl").read_text().splitlines()
    message = json.dumps({"batch_id": BATCH_ID, "tickets": [json.loads(line) for line in lines]})
    with QueueClient.from_connection_string(
        desk.storage, "ticket-batches", message_encode_policy=TextBase64EncodePolicy()
    ) as queue:
        queue.send_message(message)


def _follow(console: Console, api: httpx.Client, runs: list[Run]) -> dict[str, Any]:
    """Watch until all have ended, deciding as the scripted operator where a person is asked."""
    deadline = time.monotonic() + PATIENCE_S
    batch: dict[str, Any] = {}
    with Live(console=console, refresh_per_second=8) as live:
        while time.monotonic() < deadline:
            for run in runs:
                if not run.over:
                    _look(api, run)
            answer = api.get(f"/batches/{BATCH_ID}")
            batch = answer.json() if answer.status_code == 200 else {}
            live.update(_table(runs, batch))
            if all(run.over for run in runs) and batch.get("status", "").startswith("completed"):
                break
            time.sleep(0.1)
    return batch


def _look(api: httpx.Client, run: Run) -> None:
    run.ticket = api.get(f"/tickets/{run.id}").raise_for_status().json()
    status = run.ticket["status"]
    if status in FINAL:
        run.took_s = time.monotonic() - run.began
    elif status == "escalated" and not run.decided and (operator := run.sample.get("operator")):
        body = {**operator, "by": "demo-operator"}
        if operator["decision"] == "approve":
            body["action_hash"] = run.ticket["escalation"]["action_hash"]
        answer = api.post(f"/tickets/{run.id}/decision", json=body)
        run.decided = answer.status_code == 202


def _table(runs: list[Run], batch: dict[str, Any]) -> Table:
    table = Table(
        "Ticket", "Category", "Priority", "Route", "Outcome", "Steps", "Time", "Cost", title="The desk at work"
    )
    for run in runs:
        ticket = run.ticket
        steps = ticket.get("steps", [])
        table.add_row(
            run.sample["name"],
            ticket.get("category") or "-",
            ticket.get("priority") or "-",
            ticket.get("route") or "-",
            _outcome(ticket),
            f"{len(steps)}" + (f" ({steps[-1]['name']})" if steps and not run.over else ""),
            f"{run.took_s or time.monotonic() - run.began:.1f} s",
            f"${ticket.get('usage', {}).get('cost_usd', 0):.4f}",
        )
    if batch:
        counts = ", ".join(f"{batch[name]} {name}" for name in ("resolved", "escalated", "failed", "in_flight"))
        table.add_section()
        table.add_row(
            f"Batch of {batch['total']} over the queue", "", "", "", f"{batch['status']}: {counts}", "", "", ""
        )
    return table


def _outcome(ticket: dict[str, Any]) -> str:
    escalation: dict[str, Any] = ticket.get("escalation") or {}
    decided: dict[str, Any] = escalation.get("decided") or {}
    person = f" ({decided['decision']} by a person)" if decided else ""
    return f"{ticket.get('status', 'new')}{person}"


def _show_timeline(console: Console, api: httpx.Client, run: Run) -> None:
    ticket = run.ticket
    console.print(f"\n[bold]One ticket in full: {ticket['subject']}[/] — {run.sample['says']}")
    events = api.get(f"/tickets/{run.id}/events").json()["items"]
    lines = [(step["started_at"], _step_line(step)) for step in ticket["steps"]]
    lines += [(event["time"], f"status   {event['data']['status']}") for event in events]
    for at, line in sorted(lines):
        console.print(f"  {at[11:23]}  {line}", highlight=False, markup=False)
    for name, clock in ticket["sla"].items():
        console.print(f"  sla      {name}: {clock['arithmetic']}", highlight=False, markup=False)
    for citation in ticket["citations"]:
        console.print(f"  cited    {citation['title']} / {citation['section']}", highlight=False, markup=False)
    console.print(f"  answer   {ticket['answer']}\n".replace("\n", "\n           "), highlight=False, markup=False)


def _step_line(step: dict[str, Any]) -> str:
    who = f" by {step['agent']} ({step['model']})" if step["agent"] else ""
    return f"step     {step['name']}{who}: {step['outcome']}"


def _faults(run: Run) -> list[str]:
    """Where the ticket differs from what its sample says it must come to."""
    name, ticket, expect = run.sample["name"], run.ticket, run.sample["expect"]
    if not run.over:
        return [f"{name}: still {ticket.get('status')} after {PATIENCE_S:.0f} s"]
    faults = [
        f"{name}: {key} is {ticket[key]!r}, not one of {expect[key]}"
        for key in ("status", "category", "route")
        if ticket[key] not in expect.get(key, [ticket[key]])
    ]
    if expect.get("language", ticket["language"]) != ticket["language"]:
        faults.append(f"{name}: language is {ticket['language']!r}, not {expect['language']!r}")
    answer = (ticket["answer"] or "").lower()
    faults += [
        f"{name}: the answer lacks {text!r}" for text in expect.get("answer_contains", []) if text.lower() not in answer
    ]
    cited = {citation["id"] for citation in ticket["citations"]}
    if expect.get("cites") and not cited & set(expect["cites"]):
        faults.append(f"{name}: cites {sorted(cited)}, none of {expect['cites']}")
    return faults


def _batch_faults(batch: dict[str, Any]) -> list[str]:
    """All twelve are accounted for, and only the invalid one failed."""
    if (batch.get("status"), batch.get("total"), batch.get("failed")) != ("completed_with_failures", 12, 1):
        return [f"batch: {json.dumps(batch)[:300]}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
