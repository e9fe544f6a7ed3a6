"""Every name that outlives a deployment: what was written under an old one still uses it."""

RESOLVE_TICKET = "resolve_ticket"
PROCESS_BATCH = "process_batch"
DELIVER_MESSAGE = "deliver_message"

SCREEN = "screen"
RECALL = "recall"
TRIAGE = "triage"
VOTE = "vote"
CONSULT = "consult"
RESOLVE = "resolve"
REVIEW = "review"
APPLY = "apply"
REPLY = "reply"
REMEMBER = "remember"
RECORD = "record"
NOTIFY = "notify"
HAND_OVER_MESSAGE = "hand_over_message"
OPEN_BATCH = "open_batch"
START_TICKETS = "start_tickets"
POLL_TICKETS = "poll_tickets"

INBOX_EVENT = "inbox"
"""The one event a ticket listens to: messages and decisions, told apart by `kind`."""
TAKEN_EVENT = "taken"
"""Sent to `deliver_message` when the ticket has taken the message in."""
SETTLED_EVENT = "settled"
"""Sent to a batch when one of its tickets no longer needs a slot."""

CREATE_CONTENT = "create_content"
RESEARCH = "research"
CONSENSUS = "consensus"
DISCUSSION = "discussion"
DELEGATION = "delegation"

QUEUE_TASKS = "tasks"
QUEUE_TICKETS = "tickets"
QUEUE_BATCHES = "ticket-batches"

TRIAGE_AGENT = "triage-analyst"
RESOLVER_AGENT = "resolver"
REVIEWER_AGENT = "reviewer"
SPECIALISTS = ("knowledge", "incidents", "history")
VOTERS = ("classifier", "keywords", "neighbours")


def task_instance(task_id: str) -> str:
    return f"task-{task_id}"


def ticket_instance(ticket_id: str, episode: int) -> str:
    """Durable instance id of one episode of a ticket; episodes count from 1."""
    return f"ticket-{ticket_id}-{episode}"


def batch_instance(batch_id: str) -> str:
    return f"batch-{batch_id}"


def delivery_instance(ticket_id: str, message_id: str) -> str:
    return f"message-{ticket_id}-{message_id}"
