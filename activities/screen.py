"""Before any model sees it: mask what is private, tell tickets from the rest, hold back what gives orders."""

import logging

from shared.errors import Unavailable
from shared.exchanged import Screening, ScreenRequest
from shared.masking import mask
from shared.ports import Desk
from shared.screening import screen as decide

log = logging.getLogger("helpdesk.safety")


async def screen(request: ScreenRequest, desk: Desk) -> Screening:
    """The rules first, which cost nothing; what they let pass the shield sees too, masked.

    A shield that is down does not hold a ticket up: the rules have judged it, and `degraded` says so.
    """
    screening = decide(request.subject, request.text, request.messages, request.attachments, request.place)
    if screening.verdict != "ticket" or desk.shield is None:
        return screening
    prompt = "\n".join((screening.subject, screening.text, *screening.messages))
    names = [mask(name)[0] for name in request.attachments]
    try:
        reasons = await desk.shield.attacks(prompt, names)
    except Unavailable as error:
        log.warning("the rules judged alone: %s", error)
        return screening.model_copy(update={"degraded": (error.dependency,)})
    return screening.model_copy(update={"verdict": "unsafe", "reasons": reasons}) if reasons else screening
