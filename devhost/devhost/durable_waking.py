"""Whom a transaction has to wake for work that nobody else will tell them of."""

from devhost.durable_queue import Key, Kind
from devhost.store import Transaction


def wake_everything(tx: Transaction) -> None:
    """After a start: all that was outstanding when the last host ended."""
    wake_orchestrations(tx)
    tx.activities += [row["id"] for row in tx.all("SELECT id FROM activities ORDER BY id")]
    queued = tx.all("SELECT entity_id FROM operations GROUP BY entity_id ORDER BY MIN(id)")
    tx.entities += [row["entity_id"] for row in queued]


def wake_orchestrations(tx: Transaction) -> None:
    """Every instance that has something in its inbox."""
    waiting = tx.all("SELECT instance_id FROM inbox GROUP BY instance_id ORDER BY MIN(id)")
    tx.orchestrations += [row["instance_id"] for row in waiting]


def wake_leftovers(tx: Transaction, kind: Kind, key: Key) -> None:
    """Wake an instance or entity for what arrived while it was out, when nobody could be told."""
    if kind == "orchestration" and tx.one("SELECT 1 FROM inbox WHERE instance_id = ? LIMIT 1", key):
        tx.orchestrations.append(str(key))
    elif kind == "entity" and tx.one("SELECT 1 FROM operations WHERE entity_id = ? LIMIT 1", key):
        tx.entities.append(str(key))
