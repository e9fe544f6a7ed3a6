"""Everything of one person: given to them, or erased."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func

from activities.auditing import Act, audited
from shared import names
from shared.correlation import trail
from shared.erasure import ErasureRequest, Person
from shared.model import Model
from triggers.answers import Linked
from triggers.http import KIB, json_response, read_query
from triggers.identity import signature
from triggers.operations import door
from triggers.problems import Problem
from triggers.services import Services
from triggers.users import UserId, user_id

bp = df.Blueprint()

LARGEST_ANSWER = 1024 * KIB
LINK_LIFETIME = timedelta(minutes=15)
RETRY_AFTER_S = "2"


class ErasureQuery(Model):
    """Query of DELETE /users/{id}."""

    cancel: Literal["true", "false"] = "false"


class ErasureStarted(Model):
    task_id: str
    status: Literal["started"] = "started"


@door(bp, query=ErasureQuery, answers={202: ErasureStarted}, refuses=(409,), ids={"id": UserId})
async def erase_user(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 with the task that erases; a call while one is under way is told of that one."""
    from activities.erasure import running_work
    from activities.task_intake import start_task, task_input

    query = read_query(req, ErasureQuery)
    request = ErasureRequest(requester_id=user_id(req), cancel=query.cancel == "true")
    person = Person(tenant=services.settings.tenant, requester_id=request.requester_id)
    if (task := await _under_way(person, services)) is None:
        running = await running_work(person, services)
        if running and not request.cancel:
            detail = f"{len(running)} instances still run for this person; end them with ?cancel=true: "
            raise Problem(409, "Conflict", detail + ", ".join(running[:10]))
        task = names.erasure_task(person.tenant, person.requester_id, uuid.uuid4().hex[:12])
        followed = trail().correlation_id or task
        given = task_input(
            names.ERASE_REQUESTER, request, task,
            tenant=person.tenant, policy=services.policy, correlation_id=followed,
        )  # fmt: skip
        async with audited(_act("user.erase", person, {"task": task, "cancel": request.cancel}), services):
            await start_task(given, services.instances)
    path = f"/api/task/{task}"
    return json_response(ErasureStarted(task_id=task), 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


def _act(verb: str, person: Person, after: dict[str, Any] | None = None) -> Act:
    """Naming the person is what the trail is for, also once they are erased everywhere else."""
    target = f"user:{person.requester_id}"
    return Act(key=f"user:{uuid.uuid4().hex}", act=verb, target=target, by=signature(), after=after)


async def _under_way(person: Person, services: Services) -> str | None:
    prefix = names.task_instance(names.erasure_task(person.tenant, person.requester_id, ""))
    states = await services.instances.all_with_prefix(prefix)
    return next((state.instance_id.removeprefix("task-") for state in states if not state.ended), None)


@door(bp, answers={200: dict[str, Any], 202: Linked}, refuses=(400,), ids={"id": UserId})
async def export_user(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Everything as JSON; what is too large for an answer is a link that soon expires."""
    from activities.erasure import exports_prefix
    from activities.export import everything_of

    person = Person(tenant=services.settings.tenant, requester_id=user_id(req))
    async with audited(_act("user.export", person), services):
        whole = await everything_of(person, services)
    data = json.dumps(whole, ensure_ascii=False).encode(errors="surrogatepass")
    if len(data) <= LARGEST_ANSWER:
        return json_response(whole)
    path = f"{exports_prefix(person)}{uuid.uuid4().hex}.json"
    await services.artifacts.write(path, data)
    expires_at = datetime.now(UTC) + LINK_LIFETIME
    link = await services.artifacts.link(path, LINK_LIFETIME)
    body = Linked(size_bytes=len(data), link=link, expires_at=expires_at)
    return json_response(body, 202, {"Location": link})
