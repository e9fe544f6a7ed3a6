"""Entity locks: who holds which entity, and letting go of them."""

from devhost.store import Transaction


def release_locks(tx: Transaction, owner: str) -> None:
    """Free every entity that an instance holds, and forget the locks it still waits for."""
    tx.execute("DELETE FROM operations WHERE section IS NOT NULL AND owner = ?", owner)
    for row in tx.all("SELECT id FROM entities WHERE lock_owner = ?", owner):
        unlock(tx, row["id"])


def release_lock(tx: Transaction, entity_id: str, section: str) -> None:
    """Free one entity, if that critical section is the one that holds it."""
    row = tx.one("SELECT 1 FROM entities WHERE id = ? AND lock_section = ?", entity_id, section)
    if row is not None:
        unlock(tx, entity_id)


def unlock(tx: Transaction, entity_id: str) -> None:
    """Free an entity and let what queued up behind the lock go on."""
    tx.execute("UPDATE entities SET lock_owner = NULL, lock_section = NULL WHERE id = ?", entity_id)
    tx.entities.append(entity_id)
