"""Make every table. A database at 0006 can be used; one at an older revision is refused.

Constraints get their names from the convention of `db.columns.metadata`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0006"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("transfer", "audit_entry", "audit_seal")
TABLES = (
    "person",
    "person_role",
    "login_session",
    "login_failure",
    "miniapp",
    "terminal",
    "consent",
    "oauth_client",
    "interaction",
    "authorization_code",
    "access_token",
    "client_session",
    "signing_key",
    "code_holder",
    "issued_code",
    "certificate",
    "account",
    "payment",
    "transfer",
    "scan",
    "idempotency_record",
    "audit_entry",
    "audit_seal",
    "outbox_event",
)
"""Each table after the tables that it refers to."""


def upgrade() -> None:
    _people()
    _apps()
    _clients()
    _tokens()
    _keys_and_codes()
    _certificates()
    _ledger()
    _scans()
    _log()
    _refuse_changes()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")


def _people() -> None:
    op.create_table(
        "person",
        *_texts("id"),
        *_texts("persona", null=True),
        *_texts("name", "name_en", "id_number"),
        *_texts("phone", null=True),
        sa.Column("born", sa.Date(), nullable=False),
        *_texts("sex", "home"),
        sa.Column("level", sa.Integer(), nullable=False),
        *_texts("password_hash", null=True),
        *_times("created_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("id_number"),
        sa.UniqueConstraint("persona"),
        sa.UniqueConstraint("phone"),
    )
    op.create_table(
        "person_role",
        *_texts("person_id", "role", "department"),
        _refers("person_id", "person.id"),
        sa.PrimaryKeyConstraint("person_id", "role"),
    )
    op.create_table(
        "login_session",
        *_texts("id_digest", "person_id"),
        sa.Column("sid_secret", sa.LargeBinary(), nullable=False),
        *_times("auth_time"),
        *_texts("acr"),
        *_jsons("amr"),
        *_times("created_at", "expires_at"),
        *_times("ended_at", null=True),
        *_texts("ended_why", null=True),
        _refers("person_id", "person.id"),
        sa.PrimaryKeyConstraint("id_digest"),
    )
    op.create_table(
        "login_failure",
        *_texts("id", "phone_digest"),
        *_times("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("login_failure", "phone_digest", "at")


def _apps() -> None:
    op.create_table(
        "miniapp",
        *_texts("app_id", "slug", "name", "name_en"),
        *_jsons("manifest"),
        *_texts("hosting_kind", "origin", "state"),
        sa.Column("state_reason", sa.Text(), nullable=False),
        *_times("created_at", "updated_at"),
        sa.PrimaryKeyConstraint("app_id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "terminal",
        *_texts("id", "app_id", "name", "name_en", "region", "kind"),
        *_jsons("wants"),
        sa.Column("active", sa.Boolean(), nullable=False),
        _refers("app_id", "miniapp.app_id"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("terminal", "app_id")
    op.create_table(
        "consent",
        *_texts("person_id", "app_id"),
        *_jsons("scopes"),
        *_times("granted_at", "expires_at"),
        *_times("revoked_at", null=True),
        _refers("app_id", "miniapp.app_id"),
        _refers("person_id", "person.id"),
        sa.PrimaryKeyConstraint("person_id", "app_id"),
    )


def _clients() -> None:
    op.create_table(
        "oauth_client",
        *_texts("client_id"),
        *_texts("app_id", null=True),
        *_texts("name"),
        *_texts("secret_digest", null=True),
        *_jsons("redirect_uris", "post_logout_redirect_uris"),
        *_texts("backchannel_logout_uri", null=True),
        *_jsons("grant_types"),
        *_texts("scope", "token_endpoint_auth_method", "id_token_signed_response_alg", "sector"),
        sa.Column("require_pkce", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_times("created_at"),
        sa.PrimaryKeyConstraint("client_id"),
        sa.UniqueConstraint("app_id"),
    )
    op.create_table(
        "interaction",
        *_texts("id_digest", "client_id"),
        *_jsons("params"),
        *_texts("browser_digest"),
        *_times("login_after", null=True),
        *_times("created_at", "expires_at"),
        *_times("done_at", null=True),
        _refers("client_id", "oauth_client.client_id"),
        sa.PrimaryKeyConstraint("id_digest"),
    )
    _index("interaction", "expires_at")


def _tokens() -> None:
    op.create_table(
        "authorization_code",
        *_texts(
            "code_digest", "family_id", "client_id", "person_id", "session_digest", "redirect_uri", "scope"
        ),
        *_texts("nonce", "code_challenge", null=True),
        *_times("auth_time"),
        *_texts("acr"),
        *_jsons("amr"),
        *_texts("sid"),
        *_times("expires_at"),
        *_times("used_at", null=True),
        _refers("client_id", "oauth_client.client_id"),
        _refers("person_id", "person.id"),
        _refers("session_digest", "login_session.id_digest"),
        sa.PrimaryKeyConstraint("code_digest"),
        sa.UniqueConstraint("family_id"),
    )
    _index("authorization_code", "expires_at")
    op.create_table(
        "access_token",
        *_texts("token_digest"),
        *_texts("family_id", null=True),
        *_texts("client_id"),
        *_texts("person_id", "session_digest", null=True),
        *_texts("scope"),
        *_times("issued_at", "expires_at"),
        *_times("revoked_at", null=True),
        _refers("client_id", "oauth_client.client_id"),
        _refers("person_id", "person.id"),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    _index("access_token", "expires_at")
    _index("access_token", "family_id")
    _index("access_token", "session_digest")
    op.create_table(
        "client_session",
        *_texts("session_digest", "client_id", "sid"),
        _refers("client_id", "oauth_client.client_id"),
        _refers("session_digest", "login_session.id_digest"),
        sa.PrimaryKeyConstraint("session_digest", "client_id"),
        sa.UniqueConstraint("sid"),
    )


def _keys_and_codes() -> None:
    op.create_table(
        "signing_key",
        *_texts("kid", "use", "alg", "region", "state"),
        sa.Column("public_der", sa.LargeBinary(), nullable=False),
        *_times("created_at"),
        *_times("due_at", null=True),
        sa.PrimaryKeyConstraint("kid"),
    )
    for state in ("active", "next"):
        where, name = sa.text(f"state = '{state}'"), f"uq_signing_key_{state}"
        only: Any = {"sqlite_where": where, "postgresql_where": where}
        op.create_index(name, "signing_key", ["use", "alg", "region"], unique=True, **only)
    op.create_table(
        "code_holder",
        *_texts("person_id"),
        sa.Column("issued_seq", sa.BigInteger(), nullable=False),
        sa.Column("spent_seq", sa.BigInteger(), nullable=False),
        *_times("frozen_at", null=True),
        *_texts("frozen_by", "last_use", null=True),
        _refers("person_id", "person.id"),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "issued_code",
        sa.Column("cti", sa.LargeBinary(), nullable=False),
        *_texts("digits", "person_id"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        *_times("issued_at", "expires_at"),
        _refers("person_id", "code_holder.person_id"),
        sa.PrimaryKeyConstraint("cti"),
        sa.UniqueConstraint("digits"),
    )
    _index("issued_code", "expires_at")


def _certificates() -> None:
    op.create_table(
        "certificate",
        *_texts("id", "number", "type", "holder_id", "state"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_jsons("claims"),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *_times("issued_at", "state_changed_at"),
        _refers("holder_id", "person.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    _index("certificate", "holder_id", "type")


def _ledger() -> None:
    op.create_table(
        "account",
        *_texts("id", "kind", "owner"),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_fen >= 0", name="balance_not_negative"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "owner"),
    )
    op.create_table(
        "payment",
        *_texts("id", "scan_id", "app_id", "terminal_id", "payer_id"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        *_texts("subject"),
        *_texts("reason", null=True),
        *_texts("idempotency_key"),
        *_times("created_at"),
        sa.CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        _refers("payer_id", "person.id"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    _index("payment", "app_id", "id")
    op.create_table(
        "transfer",
        *_texts("id", "debit_account_id", "credit_account_id"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        *_texts("payment_id", null=True),
        *_times("created_at"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        sa.CheckConstraint("payment_id = id", name="id_of_payment"),
        _refers("credit_account_id", "account.id"),
        _refers("debit_account_id", "account.id"),
        _refers("payment_id", "payment.id"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )


def _scans() -> None:
    op.create_table(
        "scan",
        *_texts("id", "app_id", "terminal_id"),
        *_texts("person_id", null=True),
        sa.Column("spent_cti", sa.LargeBinary(), nullable=True),
        *_texts("verdict"),
        *_texts("reason", null=True),
        *_texts("expected", "received"),
        *_jsons("items"),
        *_times("scanned_at"),
        *_times("session_ends_at", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("spent_cti"),
    )
    op.create_table(
        "idempotency_record",
        *_texts("client_id", "key", "request_digest"),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_times("created_at"),
        sa.PrimaryKeyConstraint("client_id", "key"),
    )
    _index("idempotency_record", "created_at")


def _log() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", columns.BigSerial, autoincrement=True, nullable=False),
        *_times("at"),
        *_texts("action", "actor"),
        *_texts("person_id", "app_id", "terminal_id", null=True),
        *_jsons("detail"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("audit_entry", "person_id", "id")
    op.create_table(
        "audit_seal",
        sa.Column("seq", columns.BigSerial, autoincrement=False, nullable=False),
        sa.Column("entry_id", columns.BigSerial, nullable=False),
        *_texts("digest"),
        _refers("entry_id", "audit_entry.id"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("entry_id"),
    )
    op.create_table(
        "outbox_event",
        *_texts("id", "kind", "client_id"),
        *_jsons("payload"),
        *_times("created_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_times("due_at", "delivered_at", null=True),
        *_texts("last_error", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("outbox_event", "due_at")


def _texts(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=null) for name in names]


def _times(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, columns.UtcDateTime(), nullable=null) for name in names]


def _jsons(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, columns.JsonColumn, nullable=False) for name in names]


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to])


def _index(table: str, *names: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))


def _refuse_changes() -> None:
    """Let triggers refuse to change or delete a row of `APPEND_ONLY`, also to other programs."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        body = refuse if sqlite else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for change in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {body}")
