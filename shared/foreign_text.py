"""Text that comes from outside: whether it tries to give a model orders."""

from shared.hostile_phrases import hostile_intent
from shared.unveiling import variants


def gives_orders(text: str) -> bool:
    """Also where the orders are veiled: encoded, spaced out, or hidden between letters."""
    return any(hostile_intent(variant) for variant in variants(text))
