"""The dead letters channel: what used up its tries, looked at, replayed or dropped by a person."""

import logging
import uuid
from typing import Annotated, Any, Literal, cast

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from activities.auditing import Act, audited
from shared.dead_letters import DeadLetter, ListedLetter, Source
from shared.errors import DeskError, Permanent, Unavailable
from shared.model import Model
from triggers.answers import left_out, page_of, part_of
from triggers.http import KIB, json_response, read_json, read_query
from triggers.identity import signature
from triggers.operations import door
from triggers.problems import Problem, not_found
from triggers.services import Services, durable_client, with_client

bp = df.Blueprint()
log = logging.getLogger("helpdesk.dead_letters")

LIMIT_BYTES = 1024 * KIB
SHOWN = {"id", "source", "name", "reason", "attempts", "at", "preview"}


class Listing(Model):
    """Query of GET /dead-letters."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class LetterReplayed(Model):
    id: str
    status: Literal["replayed"] = "replayed"
    source: Source
    name: str
    instance_id: str | None = left_out()


LetterLine = part_of(ListedLetter, "LetterLine", without=ListedLetter.model_fields.keys() - SHOWN)


@bp.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", use_monitor=False)
@durable_client(bp)
async def collect_dead_letters(timer: func.TimerRequest, client: str) -> None:
    """Bring poison queues and failed instances to the list."""
    with with_client(client) as services:
        if new := await _collect(services):
            log.warning("%d new dead letters", new)


@door(bp, query=Listing, answers={200: page_of(LetterLine)})
async def list_dead_letters(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The list as it is now: what the sweep would find in a minute is found first."""
    listing = read_query(req, Listing)
    if listing.cursor is None:
        try:
            await _collect(services)
        except Unavailable as error:
            log.warning("the list may be behind: %s", error)
    page = await services.dead_letters.find(listing.limit, listing.cursor)
    items = [letter.model_dump(mode="json", include=SHOWN) for letter in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


@door(bp, answers={200: DeadLetter})
async def get_dead_letter(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    letter = await services.dead_letters.get(_letter_id(req))
    if letter is None:
        raise not_found(f"dead letter {_letter_id(req)}")
    return json_response(letter)


@door(bp, body=Any, body_optional=True, answers={202: LetterReplayed}, refuses=(409, 422))
async def replay_dead_letter(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 for the one call that replays it; 409 for those that come too late, also at the same moment."""
    edited = _edited(req)
    async with audited(_act("dead_letter.replay", req, {"edited": edited is not None}), services):
        letter = await _replay_once(_letter_id(req), edited, services)
    log.info("replayed %s of %s%s", letter.id, letter.name, "" if edited is None else ", edited")
    body = LetterReplayed(id=letter.id, source=letter.source, name=letter.name, instance_id=letter.instance_id)
    return json_response(body, 202)


async def _replay_once(letter_id: str, edited: Any, services: Services) -> DeadLetter:
    """Raises Problem 404, 409, 422."""
    from activities.dead_letters import replay

    letter = await services.dead_letters.claim(letter_id)
    if letter is None:
        if await services.dead_letters.knows(letter_id):
            raise Problem(409, "Conflict", "this letter was replayed or deleted already, or is at this moment")
        raise not_found(f"dead letter {letter_id}")
    try:
        await replay(letter, edited, services)
    except Permanent as error:
        await services.dead_letters.release(letter_id)
        raise Problem(422, "Cannot be replayed", str(error)) from error
    except DeskError:
        await services.dead_letters.release(letter_id)
        raise
    await services.dead_letters.settle(letter_id)
    return letter


@door(bp, answers={204: None}, refuses=(409,))
async def delete_dead_letter(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    async with audited(_act("dead_letter.delete", req), services):
        await _delete_once(_letter_id(req), services)
    return func.HttpResponse(status_code=204)


def _act(verb: str, req: func.HttpRequest, after: dict[str, Any] | None = None) -> Act:
    target = f"dead-letter:{_letter_id(req)}"
    return Act(key=f"dead-letter:{uuid.uuid4().hex}", act=verb, target=target, by=signature(), after=after)


async def _delete_once(letter_id: str, services: Services) -> None:
    """Raises Problem 404, 409."""
    if not await services.dead_letters.delete(letter_id):
        if await services.dead_letters.get(letter_id) is not None:
            raise Problem(409, "Conflict", "this letter is being replayed at this moment")
        raise not_found(f"dead letter {letter_id}")


async def _collect(services: Services) -> int:
    from activities.dead_letters import collect_failures, collect_poison

    return await collect_poison(services) + await collect_failures(services)


def _edited(req: func.HttpRequest) -> Any:
    """The body to replay with: the request's own, or what stands under its only key `body`. None without any."""
    if not req.get_body().strip():
        return None
    given = read_json(req, LIMIT_BYTES)
    if isinstance(given, dict):
        fields = cast(dict[str, Any], given)
        return (fields["body"] if fields.keys() == {"body"} else fields) or None
    return given or None


def _letter_id(req: func.HttpRequest) -> str:
    return str(req.route_params.get("id") or "")
