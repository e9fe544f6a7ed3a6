"""What is found before any model sees a ticket: is it one, is it safe, what must be masked.

Code judges here, since a model that reads a hostile text has already been reached by it.
"""

from collections.abc import Sequence

from shared.automatic_mail import automatic_kind
from shared.exchanged import Screening
from shared.hostile_phrases import hostile_intent
from shared.masking import mask
from shared.unveiling import first_reading, variants


def screen(
    subject: str,
    text: str,
    messages: Sequence[str] = (),
    attachments_names: Sequence[str] = (),
    place: str = "the ticket",
) -> Screening:
    """Mask every text and give the verdict: "unsafe" before "not_a_ticket" before "ticket".

    Later messages count for safety; one that a person wrote makes a ticket of an automatic mail.
    """
    masked_subject, *masked_rest = (mask(part) for part in (subject, text, *messages))
    kinds = dict.fromkeys(kind for _, found in (masked_subject, *masked_rest) for kind in found)
    texts = tuple(masked for masked, _ in masked_rest)

    unsafe = _unsafe_reasons(place, f"{subject}\n{text}", messages, attachments_names)
    automatic = () if unsafe else _automatic_reasons(subject, text, messages)
    return Screening(
        verdict="unsafe" if unsafe else "not_a_ticket" if automatic else "ticket",
        reasons=unsafe or automatic,
        subject=masked_subject[0],
        text=texts[0],
        messages=texts[1:],
        masked=tuple(kinds),
    )


def _unsafe_reasons(
    place: str, text: str, messages: Sequence[str], attachments_names: Sequence[str]
) -> tuple[str, ...]:
    """Reasons name the attempt and its place, and never quote it: people and models read them."""
    named = " ".join(attachments_names)
    places = [
        (place, text),
        *((f"message {number}", message) for number, message in enumerate(messages, start=1)),
        ("an attachment's name", named),
        ("an attachment's name", named.translate(str.maketrans("_-.+", "    "))),
    ]
    found: dict[str, None] = {}
    for where, part in places:
        if intent := attack_in(part):
            found[f"{where} {intent}"] = None
    return tuple(found)


def attack_in(text: str) -> str | None:
    """What a text tries with the agent, however it is dressed up; None for an honest one."""
    intents = (hostile_intent(variant) for variant in variants(text))
    return next((intent for intent in intents if intent), None)


def _automatic_reasons(subject: str, text: str, messages: Sequence[str]) -> tuple[str, ...]:
    kind = automatic_kind(first_reading(subject), first_reading(text))
    if kind is None:
        return ()
    if any(automatic_kind("", first_reading(message)) is None for message in messages):
        return ()
    return (kind,)
