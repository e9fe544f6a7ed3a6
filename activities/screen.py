"""Before any model sees it: mask what is private, tell tickets from the rest, hold back what gives orders."""

from shared.desk import Screening, ScreenRequest
from shared.ports import Desk
from shared.screening import screen as decide


async def screen(request: ScreenRequest, desk: Desk) -> Screening:
    return decide(request.subject, request.text, request.messages, request.attachments, request.place)
