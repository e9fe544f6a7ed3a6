"""The port of the models behind the agents."""

from typing import Any, Protocol

from shared.budget import Ledger
from shared.guard import AnswerCache, Guard


class ChatClients(Protocol):
    """Gives the model client of an agent: an Agent Framework chat client (typed loosely to stay light)."""

    @property
    def guard(self) -> Guard | None:
        """None where nothing needs one: the rules cannot fail or be asked too often."""
        ...

    @property
    def answers(self) -> AnswerCache | None: ...

    def client_for(self, agent: str) -> Any:
        """The client; its `model` is the name under which it is guarded."""
        ...

    def keeps_conversations(self, agent: str) -> bool:
        """Whether the service behind the agent's client keeps what is said, so that it is told only what is new."""
        ...

    async def forget_conversation(self, conversation_id: str) -> int:
        """Delete at the service what it keeps of a conversation; how many answers that was. Safe to repeat.

        Raises Unavailable; Permanent where the service refuses, or none is set.
        """
        ...

    def stand_in_for(self, agent: str) -> Any:
        """The client that answers while the circuit to the agent's own model is open, or None."""
        ...

    @property
    def ledger(self) -> Ledger | None:
        """Counts what calls cost; None where nobody wants to know."""
        ...

    def price_usd(self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """What a call cost; `cached_tokens` is the part of the input that the model had read before."""
        ...
