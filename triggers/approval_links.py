"""The approval links' channel: a person decides from a message, by a link that is theirs and good for once.

Looking changes nothing, since mail scanners look at every link; the form on the page decides.
"""

import uuid
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import azure.durable_functions as df
import azure.functions as func

from activities.auditing import Act, write_down
from shared.approval_links import Grant, LinkRefused
from shared.approvals import is_same
from shared.messaging import claimed
from shared.model import Model
from shared.tickets import Decision
from triggers.admission import SIGN_IN
from triggers.approval_page import asking, done, refused
from triggers.deciding import take_decision, waiting_escalation
from triggers.http import KIB, read_body
from triggers.identity import caller
from triggers.operations import Content, door
from triggers.problems import Problem, not_found
from triggers.services import Services
from triggers.ticket_reading import current

bp = df.Blueprint()

LARGEST_FORM = 8 * KIB
FIELD = "link"


class Followed(Model):
    """What a link carries, and the form behind it."""

    link: str = ""


PAGE = Content("text/html")
PAGES = {400: PAGE, 403: PAGE, 404: PAGE, 409: PAGE, 410: PAGE}
FORM = "application/x-www-form-urlencoded"


@door(bp, query=Followed, answers=PAGES | {200: PAGE, 302: None})
async def show_approval(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    token = req.params.get(FIELD, "")
    if _must_sign_in(services):
        here = f"/api/approval?{urlencode({FIELD: token})}"
        to = f"{SIGN_IN}?{urlencode({'post_login_redirect_uri': here})}"
        return func.HttpResponse(status_code=302, headers={"Location": to})
    grant: Grant | None = None
    try:
        grant = _read(token, services)
        _check_is_theirs(grant)
        document, state = await current(grant.ticket_id, services)
        if waiting_escalation(state) != grant.escalation_id:
            raise Problem(409, "This is over", "what this link was about is not what the ticket waits for now")
    except Problem as problem:
        return await _refuse(grant, problem, services)
    return asking(grant, token, document)


@door(bp, body=Content(FORM, Followed), answers=PAGES | {202: PAGE, 401: PAGE})
async def use_approval(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    form = parse_qs(read_body(req, LARGEST_FORM).decode(errors="replace"))
    grant: Grant | None = None
    try:
        if _must_sign_in(services):
            raise Problem(401, "Please sign in", "this link is for one person, and nobody is signed in")
        grant = _read(form.get(FIELD, [""])[0], services)
        _check_is_theirs(grant)
        await _use_once(grant, services)
    except Problem as problem:
        return await _refuse(grant, problem, services)
    return done(grant)


async def _use_once(grant: Grant, services: Services) -> None:
    """Raises Problem 403, 409, 410; a link that decided nothing stays good."""
    async with claimed(services.once, f"approval-link:{grant.id}") as attempt:
        if attempt != "first":
            raise Problem(410, "This link was used", "a link is good for one decision, and this one was used")
        await _decide(grant, services)


async def _decide(grant: Grant, services: Services) -> None:
    """The decision's id follows from the link's, so that not even two processes make two decisions of it."""
    document, state = await current(grant.ticket_id, services)
    decision = Decision(
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"approval-link:{grant.id}").hex,
        decision=grant.decision,
        by=grant.person,
        action_hash=grant.action_hash,
        at=datetime.now(UTC),
    )
    await take_decision(
        decision, document, state, services,
        may_approve=_may_approve(), escalation_id=grant.escalation_id, how=f"by link {grant.id}",
    )  # fmt: skip


def _read(token: str, services: Services) -> Grant:
    """Raises Problem 400, and 404 where the desk makes no links."""
    if services.approval_links is None:
        raise not_found("approval by link")
    try:
        return services.approval_links.read(token)
    except LinkRefused as error:
        raise Problem(400, "This link is not valid", str(error)) from error


def _check_is_theirs(grant: Grant) -> None:
    """Raises Problem 403 where the caller is known and is not the link's person, 410 where its time is over."""
    principal = caller().principal
    is_known = principal.kind in ("person", "machine")
    if is_known and not any(is_same(grant.person, name) for name in (principal.id, principal.name)):
        raise Problem(403, "This link is somebody else's", "a link is for the person it was sent to")
    if grant.expires_at <= datetime.now(UTC):
        raise Problem(410, "This link has expired", "the time for this decision by link is over")


def _must_sign_in(services: Services) -> bool:
    return services.settings.app_service_auth and caller().principal.kind == "nobody"


def _may_approve() -> bool:
    """Where nobody signs people in, the link is all there is; who is signed in needs the role as well."""
    principal = caller().principal
    return principal.kind == "nobody" or "approver" in principal.roles


async def _refuse(grant: Grant | None, problem: Problem, services: Services) -> func.HttpResponse:
    """A page, and a line in the trail."""
    act = Act(
        key=f"approval-link:{uuid.uuid4().hex}",
        act="approval_link.use",
        target=f"ticket:{grant.ticket_id}" if grant else "approval-link",
        by=caller().principal.name,
        after=grant.model_dump(mode="json", include={"id", "person", "decision"}) if grant else None,
    )
    await write_down(act, "refused", services, problem.detail)
    return refused(problem.status, problem.title, problem.detail)
