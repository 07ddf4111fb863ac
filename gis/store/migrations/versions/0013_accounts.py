"""Accounts, roles, sessions, tokens, tries to sign in, and the audit trail"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROLES = "'planner', 'dispatcher', 'leader', 'grid_worker', 'department', 'administrator'"


def upgrade() -> None:
    op.create_table(
        "account",
        _id(),
        _text("login"),
        _text("name"),
        _text("password_hash", nullable=True),
        _flag("must_change_password"),
        _number("organisation_id", nullable=True),
        _number("person_id", nullable=True),
        _text("language", nullable=True),
        _text("oidc_issuer", nullable=True),
        _text("oidc_subject", nullable=True),
        _flag("synthetic"),
        _moment("disabled_at", nullable=True),
        _moment("signed_in_at", nullable=True),
        _now("recorded_at"),
        _text("recorded_by"),
        _check("account", "login", "login ~ '^[a-z0-9][a-z0-9._@-]{1,62}[a-z0-9]$'"),
        _check("account", "name_length", "length(name) BETWEEN 1 AND 100"),
        _check("account", "language", "language IN ('zh-CN', 'en')"),
        _check("account", "oidc_whole", "num_nonnulls(oidc_issuer, oidc_subject) IN (0, 2)"),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
        sa.UniqueConstraint(
            "oidc_issuer", "oidc_subject", name=op.f("uq_account_oidc_issuer_oidc_subject")
        ),
        *_keys("account", organisation_id="organisation", person_id="person"),
    )
    op.create_index(op.f("ix_account_organisation_id_id"), "account", ["organisation_id", "id"])
    op.create_table(
        "account_role",
        _number("account_id"),
        _text("role"),
        _now("recorded_at"),
        _text("recorded_by"),
        _check("account_role", "role", f"role IN ({ROLES})"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_account_role")),
    )
    op.create_table(
        "session",
        _id(),
        _number("account_id"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _now("created_at"),
        _now("seen_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        _text("user_agent", nullable=True),
        _text("address", nullable=True),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
        *_keys("session", account_id="account"),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"])
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"])
    op.create_table(
        "api_token",
        _id(),
        _number("account_id"),
        _text("name"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _now("created_at"),
        _text("created_by"),
        _moment("expires_at", nullable=True),
        _moment("used_at", nullable=True),
        _moment("revoked_at", nullable=True),
        _check("api_token", "name_length", "length(name) BETWEEN 1 AND 100"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        *_keys("api_token", account_id="account"),
    )
    op.create_index(op.f("ix_api_token_account_id"), "api_token", ["account_id"])
    op.create_table(
        "sign_in_attempt",
        _id(),
        _now("at"),
        _text("login"),
        _text("address", nullable=True),
        _text("outcome"),
        _check("sign_in_attempt", "outcome", "outcome IN ('refused', 'accepted', 'unlocked')"),
        *_keys("sign_in_attempt"),
    )
    op.create_index(op.f("ix_sign_in_attempt_login_id"), "sign_in_attempt", ["login", "id"])
    op.create_index(op.f("ix_sign_in_attempt_at"), "sign_in_attempt", ["at"])
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _moment("at"),
        _text("actor"),
        _text("action"),
        _text("subject"),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("former_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        *_keys("audit_entry"),
    )
    op.execute(Path(__file__).with_name("0013_accounts.sql").read_text(encoding="utf-8"))


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _now(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _check(table: str, name: str, body: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(body, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, **others: str) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, other in others.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
