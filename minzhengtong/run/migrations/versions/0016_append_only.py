"""Triggers refuse to change a payment or an account but for its balance, and to replace or truncate."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

IS_THERE = {
    "account": "id = NEW.id OR (kind = NEW.kind AND owner = NEW.owner)",
    "payment": "id = NEW.id",
    "transfer": "id = NEW.id",
    "audit_entry": "id = NEW.id AND NEW.id <> -1",  # -1 stands for an id that SQLite has yet to assign
    "audit_seal": "seq = NEW.seq OR entry_id = NEW.entry_id",
}
"""By table: whether a new row would take the place of an old one, as INSERT OR REPLACE lets it."""
CHANGES = (
    ("account", "UPDATE OF id, kind, owner"),
    ("account", "DELETE"),
    ("payment", "UPDATE"),
    ("payment", "DELETE"),
)
"""Not the change of a balance."""


def upgrade() -> None:
    for table, change in CHANGES:
        _refuse(table, change, "FOR EACH ROW")
    for table, is_there in IS_THERE.items():
        if _is_sqlite():
            is_replaced = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_there})"  # noqa: S608  # our own names
            _refuse(table, "INSERT", is_replaced, name="replace")
        else:
            _refuse(table, "TRUNCATE", "FOR EACH STATEMENT")


def downgrade() -> None:
    for table in IS_THERE:
        _drop(table, "replace" if _is_sqlite() else "truncate")
    for table, change in CHANGES:
        _drop(table, _name(change))


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _name(change: str) -> str:
    return change.partition(" ")[0].lower()


def _refuse(table: str, change: str, when: str, *, name: str = "") -> None:
    refuse = "EXECUTE FUNCTION refuse_change()"  # made by 0006
    if _is_sqlite():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    name = f"{table}_no_{name or _name(change)}"
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} {when} {refuse}")


def _drop(table: str, name: str) -> None:
    on_table = "" if _is_sqlite() else f" ON {table}"
    op.execute(f"DROP TRIGGER {table}_no_{name}{on_table}")
