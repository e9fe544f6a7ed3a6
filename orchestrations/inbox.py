"""One event, one outstanding wait: how an orchestration hears from outside without losing a word."""

from typing import Any

from durabletask.task import OrchestrationContext, Task

from shared.model import Model


class Inbox[T: Model]:
    """Events of one name, in the order they came.

    Keeps exactly one wait outstanding, so nothing that arrives is handed to a wait that nobody reads.
    """

    def __init__(self, ctx: OrchestrationContext, event: str, item: type[T]):
        self._ctx, self._event, self._item = ctx, event, item
        self._next: Task[Any] = ctx.wait_for_external_event(event)

    @property
    def waiting(self) -> Task[Any]:
        """Completes when something is there to drain; for use in `when_any`."""
        return self._next

    def drain(self) -> list[T]:
        """Take all that has arrived so far, without waiting."""
        items: list[T] = []
        while self._next.is_complete:
            items.append(self._item.model_validate(self._next.get_result()))
            self._next = self._ctx.wait_for_external_event(self._event)
        return items
