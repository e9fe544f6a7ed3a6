"""A turn of a conversation as Agent Framework's message, and back."""

from typing import Any

from shared.thinking import Turn


def message_of(turn: Turn) -> Any:
    """A tool's call and its result are told apart from what people read."""
    from agent_framework import Content, Message

    if turn.call_id is None:
        return Message(turn.role, [turn.text], message_id=turn.id)
    if turn.role == "tool":
        return Message("tool", [Content.from_function_result(turn.call_id, result=turn.text)], message_id=turn.id)
    call = Content.from_function_call(turn.call_id, turn.tool or "", arguments=turn.text)
    return Message("assistant", [call], message_id=turn.id)


def turn_of(message: Any) -> Turn:
    content = message.contents[0] if message.contents else None
    if content is not None and content.type == "function_call":
        return Turn(
            id=message.message_id, role="assistant", text=content.arguments, call_id=content.call_id, tool=content.name
        )
    if content is not None and content.type == "function_result":
        return Turn(id=message.message_id, role="tool", text=str(content.result), call_id=content.call_id)
    return Turn(id=message.message_id, role=message.role, text=message.text)
