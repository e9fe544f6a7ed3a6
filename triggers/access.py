"""Who may use which door: the one table that admission reads and a description of the API can be made from.

A door is named after its function.
"""

from typing import Literal, NamedTuple

from shared.principals import Role

type Roles = frozenset[Role]
type Method = Literal["GET", "POST", "PUT", "DELETE"]

ANYBODY: Roles = frozenset()
"""No role is needed, nor a function key: what is behind it is public, or guarded by something of its own."""
ADMIN: Roles = frozenset({"admin"})
STAFF: Roles = frozenset({"operator", "approver", "admin"})
OPERATOR: Roles = frozenset({"operator", "admin"})
APPROVER: Roles = frozenset({"approver", "admin"})
EVERYBODY: Roles = frozenset({"requester", "operator", "approver", "admin"})


class Door(NamedTuple):
    """`own` lets requesters in too, to what is their own; others' is not there for them."""

    name: str
    method: Method
    route: str
    roles: Roles
    own: bool = False

    @property
    def is_public(self) -> bool:
        return not self.roles

    @property
    def changes(self) -> bool:
        return self.method != "GET"


_TABLE = (
    Door("create_ticket", "POST", "tickets", OPERATOR, own=True),
    Door("list_tickets", "GET", "tickets", STAFF, own=True),
    Door("get_ticket", "GET", "tickets/{id}", STAFF, own=True),
    Door("get_ticket_events", "GET", "tickets/{id}/events", STAFF, own=True),
    Door("add_message", "POST", "tickets/{id}/messages", OPERATOR, own=True),
    Door("decide", "POST", "tickets/{id}/decision", STAFF),
    Door("undo_action", "POST", "tickets/{id}/actions/{action}/undo", OPERATOR),
    Door("rate_ticket", "POST", "tickets/{id}/rating", OPERATOR, own=True),
    Door("get_ratings", "GET", "tickets/{id}/rating", STAFF, own=True),
    Door("show_approval", "GET", "approval", ANYBODY),
    Door("use_approval", "POST", "approval", ANYBODY),
    Door("create_batch", "POST", "batches", OPERATOR),
    Door("list_batches", "GET", "batches", STAFF),
    Door("get_batch", "GET", "batches/{id}", STAFF),
    Door("open_conversation", "POST", "conversations", OPERATOR, own=True),
    Door("get_conversation", "GET", "conversations/{thread}", OPERATOR, own=True),
    Door("delete_conversation", "DELETE", "conversations/{thread}", OPERATOR, own=True),
    Door("say_in_conversation", "POST", "conversations/{thread}/messages", OPERATOR, own=True),
    Door("get_answer", "GET", "conversations/{thread}/messages/{id}", OPERATOR, own=True),
    Door("get_session", "GET", "conversations/{thread}/session", OPERATOR, own=True),
    Door("post_content", "POST", "create-content", OPERATOR),
    Door("post_research", "POST", "research-parallel", OPERATOR),
    Door("post_consensus", "POST", "consensus", OPERATOR),
    Door("post_discussion", "POST", "discussions", OPERATOR),
    Door("post_delegation", "POST", "delegations", OPERATOR),
    Door("list_tasks", "GET", "tasks", STAFF),
    Door("get_task", "GET", "task/{id}", STAFF),
    Door("cancel_task", "DELETE", "task/{id}", OPERATOR),
    Door("decide_task", "POST", "task/{id}/decision", APPROVER),
    Door("post_watch", "POST", "watch", OPERATOR),
    Door("list_cycles", "GET", "watch/cycles", STAFF),
    Door("get_cycle", "GET", "watch/cycles/{id}", STAFF),
    Door("get_cycle_artifact", "GET", "watch/cycles/{id}/artifacts/{name}", STAFF),
    Door("list_dead_letters", "GET", "dead-letters", OPERATOR),
    Door("get_dead_letter", "GET", "dead-letters/{id}", OPERATOR),
    Door("replay_dead_letter", "POST", "dead-letters/{id}/replay", OPERATOR),
    Door("delete_dead_letter", "DELETE", "dead-letters/{id}", ADMIN),
    Door("rebuild_archive", "POST", "archive/rebuild", ADMIN),
    Door("list_audit", "GET", "audit", ADMIN),
    Door("verify_audit", "GET", "audit/verification", ADMIN),
    Door("list_drafts", "GET", "knowledge/drafts", STAFF),
    Door("get_draft", "GET", "knowledge/drafts/{id}", STAFF),
    Door("decide_draft", "POST", "knowledge/drafts/{id}/decision", APPROVER),
    Door("list_articles", "GET", "knowledge", EVERYBODY),
    Door("search_articles", "POST", "knowledge/search", EVERYBODY),
    Door("get_article", "GET", "knowledge/{id}", EVERYBODY),
    Door("put_article", "PUT", "knowledge/{id}", ADMIN),
    Door("delete_article", "DELETE", "knowledge/{id}", ADMIN),
    Door("list_threads", "GET", "users/{id}/threads", OPERATOR, own=True),
    Door("get_memory", "GET", "users/{id}/memory", OPERATOR, own=True),
    Door("put_memory", "PUT", "users/{id}/memory", OPERATOR, own=True),
    Door("delete_memory", "DELETE", "users/{id}/memory", OPERATOR, own=True),
    Door("get_fact", "GET", "users/{id}/memory/{fact}", OPERATOR, own=True),
    Door("put_fact", "PUT", "users/{id}/memory/{fact}", OPERATOR, own=True),
    Door("delete_fact", "DELETE", "users/{id}/memory/{fact}", OPERATOR, own=True),
    Door("export_user", "GET", "users/{id}/export", ADMIN, own=True),
    Door("erase_user", "DELETE", "users/{id}", ADMIN),
    Door("get_usage", "GET", "usage", STAFF),
    Door("get_event_counts", "GET", "metrics/events", STAFF),
    Door("get_dashboard", "GET", "dashboard", STAFF),
    Door("list_alerts", "GET", "alerts", STAFF),
    Door("get_alert", "GET", "alerts/{id}", STAFF),
    Door("acknowledge_alert", "POST", "alerts/{id}/acknowledge", OPERATOR),
    Door("clear_alert", "POST", "alerts/{id}/clear", OPERATOR),
    Door("get_openapi", "GET", "openapi.json", EVERYBODY),
    Door("get_docs", "GET", "docs", EVERYBODY),
    Door("who_am_i", "GET", "me", EVERYBODY),
    Door("console", "GET", "console/{*path}", ANYBODY),
    Door("health", "GET", "health", ANYBODY),
)

DOORS = {door.name: door for door in _TABLE}
