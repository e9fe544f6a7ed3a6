"""Every name that outlives a deployment: what was written under an old one still uses it."""

import hashlib
import json

RESOLVE_TICKET = "resolve_ticket"
PROCESS_BATCH = "process_batch"
DELIVER_MESSAGE = "deliver_message"
DELIVER_DECISION = "deliver_decision"
DELIVER_CANCELLATION = "deliver_cancellation"
ANSWER_MESSAGE = "answer_message"

SCREEN = "screen"
RECALL = "recall"
TRIAGE = "triage"
VOTE = "vote"
CONSULT = "consult"
RESOLVE = "resolve"
REVIEW = "review"
WEIGH = "weigh"
APPLY = "apply"
REPLY = "reply"
REMEMBER = "remember"
RECORD = "record"
NOTIFY = "notify"
HAND_OVER_MESSAGE = "hand_over_message"
TAKE_TURN = "take_turn"
ANSWER_REQUESTER = "answer_requester"
OPEN_TICKET = "open_ticket"
KEEP_TURN = "keep_turn"

ANSWERING = "answering"
"""Custom status of a conversation's turn that no longer takes in what earlier ones left to it."""
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
LEARN_REQUESTER = "learn_requester"
ERASE_REQUESTER = "erase_requester"
WATCH = "watch"

RECORD_TASK = "record_task"
STORE_RESULT = "store_result"
FETCH_RESULT = "fetch_result"
GIVE_UP_TASK = "give_up_task"
TELL_TASK = "tell_task"
END_TASK = "end_task"
RESEARCH_TOPIC = "research_topic"
WRITE_ARTICLE = "write_article"
EDIT_ARTICLE = "edit_article"
PUBLISH_ARTICLE = "publish_article"

INVESTIGATE = "investigate"
SUMMARISE = "summarise"
CAST_BALLOT = "cast_ballot"
MODERATE = "moderate"
SPEAK = "speak"
PLAN_GOAL = "plan_goal"
ASSIGN_DUTIES = "assign_duties"
DO_DUTY = "do_duty"
MANAGE_PART = "manage_part"

CATCH_UP = "catch_up"
EXTRACT_FACTS = "extract_facts"
KEEP_FACTS = "keep_facts"
SUMMARISE_THREAD = "summarise_thread"

FIND_TRACES = "find_traces"
END_RUNNING = "end_running"
ERASE_FROM = "erase_from"

BEGIN_CYCLE = "begin_cycle"
DO_CREW_TASK = "do_crew_task"
FINISH_CYCLE = "finish_cycle"
TELL_OF_CYCLE = "tell_of_cycle"

QUEUE_TASKS = "tasks"
QUEUE_TICKETS = "tickets"
QUEUE_BATCHES = "ticket-batches"
QUEUES = (QUEUE_TICKETS, QUEUE_BATCHES, QUEUE_TASKS)
"""Queues that work comes in by; each subscriber to events has one more (shared/topology.py)."""
QUEUE_TRIES = 3
"""How often the host tries a message, as host.json says."""

REPLAYABLE = (
    RESOLVE_TICKET, PROCESS_BATCH, DELIVER_MESSAGE, ANSWER_MESSAGE, CREATE_CONTENT, RESEARCH, CONSENSUS, DISCUSSION,
    DELEGATION, LEARN_REQUESTER, ERASE_REQUESTER, WATCH, DELIVER_DECISION, DELIVER_CANCELLATION,
)  # fmt: skip
"""Orchestrations that stand for themselves: a failed one is a dead letter. Children fail into their parents."""

TRIAGE_AGENT = "triage-analyst"
RESOLVER_AGENT = "resolver"
REVIEWER_AGENT = "reviewer"
SUPPORT_AGENT = "support"
SPECIALISTS = ("knowledge", "incidents", "history")
OUTSIDE_SPECIALISTS = ("documentation", "github")
"""Specialists that look outside the desk; each takes part where its server is set."""
LEARNING_STEPS = ("catch_up", "extract", "keep", "sum_up")
CONTENT_STEPS = ("research", "write", "edit", "publish")
VOTERS = ("classifier", "keywords", "neighbours")
RISK_VOTERS = ("grounds", "person", "least")


TEAMS = ("service-desk", "second-line", "duty-lead")
"""Who is asked on each rung, and whom a ticket can be assigned to beside people."""


def action_id(ticket_id: str, key: str) -> str:
    """What an action is called within its ticket: episode, turn and position of the key it was done under."""
    return key.removeprefix(f"ticket-{ticket_id}-")


def action_key(ticket_id: str, identity: str) -> str:
    return f"ticket-{ticket_id}-{identity}"


def task_instance(task_id: str, taken_up: int = 0) -> str:
    """Durable instance id of a task, or of the n-th time it was taken up after a dead letter.

    No task id contains a tilde, so no task can take another's instance.
    """
    return f"task-{task_id}~{taken_up}" if taken_up else f"task-{task_id}"


def decision_instance(task_instance_id: str, asked: str) -> str:
    """Durable instance id of the one decision that a question of a task gets."""
    return f"decision-{task_instance_id}~{asked}"


def cancelling_instance(task_instance_id: str) -> str:
    return f"cancelling-{task_instance_id}"


def instances_about(task_instance_id: str) -> tuple[str, ...]:
    """How the ids begin of a task's own instances, and of those that carry out what a person wants of it."""
    return task_instance_id, f"decision-{task_instance_id}", cancelling_instance(task_instance_id)


def person(tenant: str, requester_id: str) -> str:
    """Stands for a person in the ids of what is done for them, so that it is found again and names nobody."""
    return hashlib.sha256(json.dumps([tenant, requester_id]).encode()).hexdigest()[:24]


def learning_task(tenant: str, requester_id: str, key: str) -> str:
    return f"memory-{person(tenant, requester_id)}-{key}"


def erasure_task(tenant: str, requester_id: str, key: str) -> str:
    return f"erasure-{person(tenant, requester_id)}-{key}"


def part_instance(task_instance_id: str, part: str, attempt: int) -> str:
    """Durable instance id of the manager that has a part of a delegated goal."""
    return f"{task_instance_id}~{part}~{attempt}"


def ticket_instance(ticket_id: str, episode: int) -> str:
    """Durable instance id of one episode of a ticket; episodes count from 1."""
    return f"ticket-{ticket_id}-{episode}"


def ticket_of(instance_id: str) -> str | None:
    """The ticket that an episode, or a message on its way to one, belongs to."""
    kind, _, rest = instance_id.partition("-")
    return rest.partition("-")[0] or None if kind in ("ticket", "message") else None


def batch_instance(batch_id: str) -> str:
    return f"batch-{batch_id}"


def turn_instance(thread: str, message_id: str) -> str:
    """Durable instance id of one message of a conversation and its answer."""
    return f"{turns_at(thread)}-{message_id}"


def turns_at(place: str) -> str:
    """What the ids of all turns begin with in a thread, or at a requester's place, which its threads begin with."""
    return f"turn-{place}"


def delivery_instance(ticket_id: str, message_id: str) -> str:
    return f"message-{ticket_id}-{message_id}"
