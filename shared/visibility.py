"""What a requester may be shown of other people: decided by code, whatever an agent asks for."""

from typing import Literal

from shared.masking import mask
from shared.thinking import Profile, SimilarTicket

Relation = Literal["self", "report", "manager", "colleague", "stranger"]
"""What a person is to whoever asks; a report is somebody they manage, a colleague is of the same department."""


def visible_part(profile: Profile, relation: Relation) -> Profile:
    """One's own profile whole; of colleagues name and department; of those one manages also the lock.

    Of anybody else only whether the directory knows the id, without which no change could be planned for them.
    """
    shown = Profile(id=profile.id, known=profile.known)
    if relation == "self":
        return profile
    if relation == "stranger":
        return shown
    card = {"display_name": profile.display_name, "department": profile.department}
    return shown.model_copy(update=card | ({"locked": profile.locked} if relation == "report" else {}))


def without_private(ticket: SimilarTicket) -> SimilarTicket:
    """Another requester's ticket: what is private in it is nobody's business here."""
    answer = mask(ticket.answer)[0] if ticket.answer is not None else None
    return ticket.model_copy(update={"subject": mask(ticket.subject)[0], "answer": answer})
