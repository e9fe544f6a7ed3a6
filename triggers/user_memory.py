"""What the desk knows of a person: they, or whoever serves them, may read, correct and delete it."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from activities.auditing import Act, audited
from shared.facts import Consent, Fact, LearnedFact
from shared.model import Model
from triggers.http import json_response, read_model
from triggers.identity import signature
from triggers.operations import door
from triggers.problems import Problem, not_found
from triggers.services import Services
from triggers.users import UserId, user_id

bp = df.Blueprint()

BY_PERSON = "person"


class MemoryRequest(Model):
    """Body of PUT /users/{id}/memory: consent, or all facts anew, or both."""

    consent: bool | None = None
    facts: Annotated[tuple[LearnedFact, ...], Field(max_length=200)] | None = None


class Correction(Model):
    """Body of PUT /users/{id}/memory/{fact}."""

    text: Annotated[str, Field(min_length=1, max_length=300)]


class ConsentShown(Model):
    """`setting` is the desk's rule, `given` what the person said, `remembers` what follows from both."""

    setting: Consent
    given: bool | None
    remembers: bool


class MemoryShown(Model):
    consent: ConsentShown
    facts: tuple[Fact, ...]


class Erased(Model):
    erased: int


@door(bp, answers={200: MemoryShown}, refuses=(400,), ids={"id": UserId})
async def get_memory(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return await _shown(user_id(req), services)


@door(bp, body=MemoryRequest, answers={200: MemoryShown}, refuses=(409,), ids={"id": UserId})
async def put_memory(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Consent first: facts of a person who does not want to be remembered are refused."""
    person, given = user_id(req), read_model(req, MemoryRequest)
    memory, tenant = services.user_memory, services.settings.tenant
    facts = _checked(given.facts or ())
    said = await memory.consent(tenant, person) if given.consent is None else given.consent
    if facts and not services.memory_policy.allows(said):
        raise Problem(409, "Conflict", "this person has not agreed to be remembered")
    after = {"consent": given.consent, "facts": None if given.facts is None else [fact.id for fact in facts]}
    async with audited(_act("memory.put", person, after), services):
        if given.consent is not None:
            await memory.set_consent(tenant, person, given.consent)
        if given.facts is not None:
            await _replace(person, facts, services)
    return await _shown(person, services)


async def _replace(person: str, facts: Sequence[Fact], services: Services) -> None:
    memory, tenant = services.user_memory, services.settings.tenant
    kept = {fact.id for fact in facts}
    for old in await memory.known(tenant, person):
        if old.id not in kept:
            await memory.remove(tenant, person, old.id)
    await memory.keep(tenant, person, facts)


def _act(verb: str, person: str, after: dict[str, Any] | None = None) -> Act:
    """Which facts, never what they say: the trail outlives them."""
    return Act(key=f"memory:{uuid.uuid4().hex}", act=verb, target=f"user:{person}", by=signature(), after=after)


@door(bp, answers={200: Erased}, refuses=(400,), ids={"id": UserId})
async def delete_memory(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Facts and consent; who is remembered unless they object has to say so by PUT."""
    person = user_id(req)
    async with audited(_act("memory.forget", person), services):
        erased = await services.user_memory.forget(services.settings.tenant, person)
    return json_response(Erased(erased=erased))


@door(bp, answers={200: Fact}, refuses=(400,), ids={"id": UserId})
async def get_fact(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return json_response(await _fact(req, services))


@door(bp, body=Correction, answers={200: Fact}, ids={"id": UserId})
async def put_fact(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """What it is about stays; what is said of it is corrected."""
    text = read_model(req, Correction).text
    old = await _fact(req, services)
    (corrected,) = _checked((LearnedFact(kind=old.kind, topic=old.topic, text=text),))
    person = user_id(req)
    async with audited(_act("fact.correct", person, {"fact": old.id}), services):
        await services.user_memory.keep(services.settings.tenant, person, [corrected])
    return json_response(corrected)


@door(bp, answers={204: None}, refuses=(400,), ids={"id": UserId})
async def delete_fact(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    old = await _fact(req, services)
    person = user_id(req)
    async with audited(_act("fact.remove", person, {"fact": old.id}), services):
        await services.user_memory.remove(services.settings.tenant, person, old.id)
    return func.HttpResponse(status_code=204)


async def _fact(req: func.HttpRequest, services: Services) -> Fact:
    """Raises Problem 404."""
    wanted = req.route_params.get("fact")
    known = await services.user_memory.known(services.settings.tenant, user_id(req))
    if (found := next((fact for fact in known if fact.id == wanted), None)) is None:
        raise not_found("such fact")
    return found


async def _shown(person: str, services: Services) -> func.HttpResponse:
    tenant, policy = services.settings.tenant, services.memory_policy
    said = await services.user_memory.consent(tenant, person)
    facts = await services.user_memory.known(tenant, person)
    consent = ConsentShown(setting=policy.consent, given=said, remembers=policy.allows(said))
    return json_response(MemoryShown(consent=consent, facts=facts))


def _checked(facts: tuple[LearnedFact, ...]) -> tuple[Fact, ...]:
    """Raises Problem 400 with one pointer for each fact that must not be kept."""
    from shared.fact_rules import keepable, problem_with_fact

    problems = [(number, problem_with_fact(fact)) for number, fact in enumerate(facts)]
    errors = [{"pointer": f"/facts/{number}", "detail": why} for number, why in problems if why is not None]
    if errors:
        raise Problem(400, "Invalid request", "; ".join(error["detail"] for error in errors)[:500], errors)
    return keepable(facts, datetime.now(UTC), BY_PERSON)
