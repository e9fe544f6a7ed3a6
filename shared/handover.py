"""Handing work over: to whom, why, and what was tried before."""

from collections.abc import Sequence

from shared.model import Model


class Handover(Model):
    """Who should go on, why, and what the one who hands over has tried. `told` is for the requester."""

    to: str
    reason: str
    tried: tuple[str, ...] = ()
    told: str = ""


class Baton(Model):
    """What whoever goes on is given: everything tried so far, oldest first."""

    holder: str
    reason: str = ""
    tried: tuple[str, ...] = ()
    told: str = ""
    count: int = 0

    def passed(self, handover: Handover) -> "Baton":
        tried = (*self.tried, *(f"{self.holder}: {what}" for what in handover.tried))
        return Baton(
            holder=handover.to,
            reason=handover.reason,
            tried=tried,
            told=handover.told or self.told,
            count=self.count + 1,
        )


def in_words(reason: str, tried: Sequence[str]) -> str:
    """The reason as a person reads it who takes over."""
    return f"{reason}\nTried so far:\n" + "\n".join(f"- {what}" for what in tried) if tried else reason


HANDED_TO_PERSON = {
    "en": "Your request has been handed to a colleague, who will get back to you.",
    "fr": "Votre demande a été transmise à un collègue, qui vous répondra.",
    "de": "Ihr Anliegen wurde an eine Kollegin oder einen Kollegen weitergegeben; Sie hören von uns.",
    "es": "Su solicitud se ha pasado a un compañero, que le responderá.",
}


def told_requester(language: str | None) -> str:
    """What a requester is told of a hand-over, in English where their language has no text."""
    return HANDED_TO_PERSON.get(language or "en", HANDED_TO_PERSON["en"])
