"""Bring a message or a decision to the episode that can take it, or start the next one for it."""

from activities.episodes import latest_episode
from activities.intake import document_of
from shared import names
from shared.delivery import HandedOver, HandOver
from shared.desk import EpisodeInput
from shared.errors import Transient
from shared.ports import Desk
from shared.tickets import InboxItem


async def hand_over_message(given: HandOver, desk: Desk) -> HandedOver:
    """A running episode hears of it; an ended one is followed by the next, if it came within its window.

    A decision that finds its episode ended came too late; the next one does nothing but list it as refused. The
    episode confirms to `reply_to`; a repeat is dropped by its id.
    """
    delivery = given.delivery
    at = delivery.item.at
    number, state = await latest_episode(delivery.tenant, delivery.ticket_id, desk)
    if not state.ended:
        item = InboxItem(message=delivery.message, decision=delivery.decision, delivery=given.reply_to)
        if await desk.instances.raise_event(state.instance_id, names.INBOX_EVENT, item):
            return HandedOver(told=True, why=f"episode {number} was told")
        raise Transient("the episode ended while it was told")
    previous = document_of(state) or await desk.archive.get(delivery.tenant, delivery.ticket_id)
    if previous is not None and previous.closes_at is not None and at > previous.closes_at:
        return HandedOver(told=False, why="the ticket is closed and its window for reopening is over")
    episode = EpisodeInput.model_validate(state.input).model_copy(
        update={
            "policy": desk.policy,
            "episode": number + 1,
            "messages": (delivery.message,) if delivery.message else (),
            "decisions": (delivery.decision,) if delivery.decision else (),
            "deliveries": (given.reply_to,),
            "previous": previous,
        }
    )
    started = await desk.instances.start(
        names.RESOLVE_TICKET, names.ticket_instance(delivery.ticket_id, number + 1), episode
    )
    if not started:
        raise Transient("another message started the next episode at the same moment")
    return HandedOver(told=True, why=f"episode {number + 1} was started")
