"""What the database itself forbids: changing or deleting an audit entry. Alembic cannot derive it from the models."""

from sqlalchemy import Connection, Table, text

from tocsin.organizations.audit import AuditEntry

SEAL = ("sequence", "previous_hash", "hash")
"""The columns that are written once, when an entry is sealed."""

_NUMBER_TAKEN = """
SELECT 1 FROM audit_entries WHERE organization_id = NEW.organization_id AND sequence = NEW.sequence
"""
_REPLACEMENTS = (
    (
        "audit_entries_keep_place",
        "BEFORE INSERT",
        "WHEN NEW.sequence IS NOT NULL OR EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)",
    ),
    (
        "audit_entries_keep_number",
        "BEFORE UPDATE OF sequence",
        f"WHEN EXISTS ({_NUMBER_TAKEN})",
    ),
)
"""SQLite alone: `REPLACE INTO` and `UPDATE OR REPLACE` put a row in another's place, and fire no DELETE."""

_REFUSAL = "an audit entry is never changed or deleted"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$
"""


def install(connection: Connection) -> None:
    """Make the triggers anew; after every migration, since one that rebuilds the table on SQLite loses them."""
    for statement in _for_sqlite() if connection.dialect.name == "sqlite" else _for_postgresql():
        connection.execute(text(statement))


def _for_sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    made = []
    for name, moment, condition in (*_occasions(), *_REPLACEMENTS):
        made.append(f"DROP TRIGGER IF EXISTS {name}")
        made.append(f"CREATE TRIGGER {name} {moment} ON audit_entries {condition} {refuse}")
    return made


def _for_postgresql() -> list[str]:
    refuse = "EXECUTE FUNCTION refuse_audit_change()"
    made = [_FUNCTION]
    for name, moment, condition in _occasions():
        made.append(f"DROP TRIGGER IF EXISTS {name} ON audit_entries")
        made.append(f"CREATE TRIGGER {name} {moment} ON audit_entries FOR EACH ROW {condition} {refuse}")
    name = "audit_entries_keep_all"
    made.append(f"DROP TRIGGER IF EXISTS {name} ON audit_entries")
    made.append(f"CREATE TRIGGER {name} BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT {refuse}")
    return made


def _occasions() -> list[tuple[str, str, str]]:
    """Each trigger: its name, when it fires, and under which condition; both databases write these alike."""
    table = AuditEntry.__table__
    assert isinstance(table, Table)
    said = ", ".join(column.name for column in table.columns if column.name not in SEAL)
    return [
        ("audit_entries_keep_each", "BEFORE DELETE", ""),
        ("audit_entries_keep_words", f"BEFORE UPDATE OF {said}", ""),
        ("audit_entries_keep_seal", f"BEFORE UPDATE OF {', '.join(SEAL)}", "WHEN (OLD.sequence IS NOT NULL)"),
    ]
