"""What people look tickets up by: words of the subject, the requester, the answer, or an id."""

_COLUMNS = "subject, requester, answer, ids"
_VALUES = """
    json_extract({row}.document, '$.subject'),
    json_extract({row}.document, '$.requester'),
    json_extract({row}.document, '$.answer'),
    {row}.id || ' ' || coalesce(json_extract({row}.document, '$.external_id'), '')
"""
_NEW = _VALUES.format(row="new")

# Kept by triggers, so that whoever writes or erases tickets cannot forget it; the last line is for tickets from before.
LOOKUP_SCHEMA = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS lookup USING fts5 ({_COLUMNS}, tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER IF NOT EXISTS lookup_written AFTER INSERT ON tickets BEGIN
    INSERT INTO lookup (rowid, {_COLUMNS}) VALUES (new.row, {_NEW});
END;
CREATE TRIGGER IF NOT EXISTS lookup_changed AFTER UPDATE OF document ON tickets BEGIN
    DELETE FROM lookup WHERE rowid = old.row;
    INSERT INTO lookup (rowid, {_COLUMNS}) VALUES (new.row, {_NEW});
END;
CREATE TRIGGER IF NOT EXISTS lookup_erased AFTER DELETE ON tickets BEGIN
    DELETE FROM lookup WHERE rowid = old.row;
END;
INSERT INTO lookup (rowid, {_COLUMNS})
    SELECT row, {_VALUES.format(row="tickets")} FROM tickets WHERE row NOT IN (SELECT rowid FROM lookup);
"""
