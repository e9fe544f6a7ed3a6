"""What somebody sees who follows an approval link: exactly what they would decide, or why the link is refused."""

from collections.abc import Iterable
from html import escape

import azure.functions as func

from shared.actions import Action
from shared.approval_links import Grant
from shared.desk import TicketDocument
from triggers.console import site
from triggers.security_headers import OF_PAGES

HEADERS = {
    **OF_PAGES,
    # Without a referrer a browser would not say that the form comes from here.
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
VERBS = {"approve": "Approve exactly this", "reject": "Reject this"}


def asking(grant: Grant, token: str, document: TicketDocument) -> func.HttpResponse:
    """Changes nothing: programs follow links, too. Only the form does."""
    shown = document.escalation
    actions = shown.actions if shown is not None else ()
    answer = shown.proposed_answer if shown is not None else None
    until = f"{grant.expires_at:%Y-%m-%d %H:%M} UTC"
    parts = [
        f"<p>Ticket <code>{escape(document.id)}</code>: {escape(document.subject)}</p>",
        f"<p>{escape(shown.reason)}</p>" if shown else "",
        f"<ul>{''.join(_lines(actions))}</ul>" if actions else "<p>Nothing would be changed.</p>",
        f"<p>The answer would be:</p><blockquote>{escape(answer)}</blockquote>" if answer else "",
        f"<p>You decide as <strong>{escape(grant.person)}</strong>, once, until {until}.</p>",
        '<form method="post" action="approval">',
        f'<input type="hidden" name="link" value="{escape(token)}">',
        f'<button class="button primary" type="submit">{VERBS[grant.decision]}</button></form>',
    ]
    return _page("A decision is asked of you", "".join(parts))


def done(grant: Grant) -> func.HttpResponse:
    verb = {"approve": "approved", "reject": "rejected"}[grant.decision]
    return _page("Thank you", f"<p>You have {verb} it. The ticket is being told.</p>", 202)


def refused(status: int, title: str, why: str) -> func.HttpResponse:
    hint = "<p>Nothing was changed. Look at the ticket in the console to decide there.</p>"
    return _page(title, f"<p>{escape(why[:1].upper() + why[1:])}.</p>{hint}", status)


def _lines(actions: Iterable[Action]) -> Iterable[str]:
    for action in actions:
        fields = action.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
        told = ", ".join(f"{name} {value}" for name, value in fields.items())
        yield f"<li><strong>{escape(action.kind)}</strong> {escape(told)}</li>"


def _page(title: str, content: str, status: int = 200) -> func.HttpResponse:
    style = f"console/{site().edition}/style/base.css"
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Helpdesk</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f'<link rel="stylesheet" href="{style}"></head><body><main><h1>{title}</h1>{content}</main></body></html>'
    )
    return func.HttpResponse(body, status_code=status, headers=HEADERS, mimetype="text/html", charset="utf-8")
