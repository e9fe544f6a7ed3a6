"""Puts one ticket through a desk that runs somewhere: `python samples/smoke.py https://desk.example.com`.

Exit code 0 when the desk is healthy, keeps strangers out, takes a ticket once and works it to an outcome. Signs in with
the Entra token in DESK_TOKEN or the function key in DESK_KEY; a desk on a laptop needs neither.
"""

import os
import sys
import time
import uuid
from typing import Any

import httpx

PATIENCE_S = 180.0
POLL_S = 2.0
IN_WORK = ("new", "in_progress")
TICKET = {
    "subject": "VPN drops on my home Wi-Fi",
    "description": "The VPN disconnects every few minutes when I work from home over Wi-Fi.",
    "requester": {"id": "smoke-test"},
}
"""By a requester of its own, so that it can be told from people's and erased."""


class Faulty(Exception):
    """The desk does something else than it should."""


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    url = f"{sys.argv[1].rstrip('/')}/api"
    sign_in = _sign_in()
    try:
        with httpx.Client(base_url=url, timeout=30, headers=sign_in) as api:
            _is_healthy(api)
            if sign_in:
                _keeps_strangers_out(url)
            ticket = _takes_once(api)
            print(f"smoke: the desk at {url} worked ticket {ticket['id']} to {ticket['status']}")
    except (Faulty, httpx.HTTPError) as error:
        print(f"smoke: {error}", file=sys.stderr)
        return 1
    return 0


def _sign_in() -> dict[str, str]:
    if token := os.environ.get("DESK_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    return {"x-functions-key": key} if (key := os.environ.get("DESK_KEY")) else {}


def _is_healthy(api: httpx.Client) -> None:
    """A desk that was just deployed may still be starting."""
    deadline = time.monotonic() + PATIENCE_S
    while (told := _health(api)) is not None:
        if time.monotonic() > deadline:
            raise Faulty(f"GET /health: {told}")
        time.sleep(POLL_S)


def _health(api: httpx.Client) -> str | None:
    """What is wrong, None when nothing is."""
    try:
        answer = api.get("/health")
    except httpx.TransportError as error:
        return str(error)
    return None if answer.status_code == 200 else f"{answer.status_code} {answer.text[:500]}"


def _keeps_strangers_out(url: str) -> None:
    answer = httpx.get(f"{url}/tickets", timeout=30)
    if answer.status_code not in (401, 403):
        raise Faulty(f"without sign-in GET /tickets answers {answer.status_code}")


def _takes_once(api: httpx.Client) -> dict[str, Any]:
    key = {"Idempotency-Key": f"smoke-{uuid.uuid4()}"}
    first, again = (api.post("/tickets", json=TICKET, headers=key) for _ in range(2))
    if first.status_code != 202 or again.status_code != 202:
        raise Faulty(f"POST /tickets answers {first.status_code}, then {again.status_code}: {first.text[:500]}")
    ticket_id = first.json()["id"]
    if again.json()["id"] != ticket_id:
        raise Faulty("the same Idempotency-Key opened a second ticket")
    deadline = time.monotonic() + PATIENCE_S
    while (ticket := api.get(f"/tickets/{ticket_id}").raise_for_status().json())["status"] in IN_WORK:
        if time.monotonic() > deadline:
            raise Faulty(f"ticket {ticket_id} is still {ticket['status']} after {PATIENCE_S:.0f} s")
        time.sleep(POLL_S)
    return ticket


if __name__ == "__main__":
    sys.exit(main())
