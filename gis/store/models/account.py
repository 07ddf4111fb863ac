"""Accounts, their roles, sessions and tokens, tries to sign in, and the audit trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    Moment,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
)

ROLES = "'planner', 'dispatcher', 'leader', 'grid_worker', 'department', 'administrator'"


class Account(Base):
    """Somebody, or a machine, who may sign in. Disabled, never deleted: history names it.

    Without an organisation it belongs to the whole installation. Without a password it signs in
    with a token, or where the office signs in (OpenID Connect).
    """

    __tablename__ = "account"

    id: Mapped[Id]
    login: Mapped[RequiredText]
    name: Mapped[RequiredText]
    password_hash: Mapped[OptionalText]
    must_change_password: Mapped[bool] = mapped_column(
        Boolean, nullable=False, server_default=text("false")
    )
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    language: Mapped[OptionalText]
    oidc_issuer: Mapped[OptionalText]
    oidc_subject: Mapped[OptionalText]
    synthetic: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    disabled_at: Mapped[OptionalMoment]
    signed_in_at: Mapped[OptionalMoment]
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (
        UniqueConstraint("login"),
        UniqueConstraint("person_id"),
        UniqueConstraint("oidc_issuer", "oidc_subject"),
        CheckConstraint("login ~ '^[a-z0-9][a-z0-9._@-]{1,62}[a-z0-9]$'", name="login"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("language IN ('zh-CN', 'en')", name="language"),
        CheckConstraint("num_nonnulls(oidc_issuer, oidc_subject) IN (0, 2)", name="oidc_whole"),
        Index(None, "organisation_id", "id"),
    )


class AccountRole(Base):
    """What an account may do, within its organisation."""

    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]

    __table_args__ = (CheckConstraint(f"role IN ({ROLES})", name="role"),)


class Session(Base):
    """A browser that is signed in. Of the cookie's value only the SHA-256 is kept."""

    __tablename__ = "session"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), nullable=False)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    created_at: Mapped[RecordedAt]
    seen_at: Mapped[RecordedAt]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[OptionalMoment]
    user_agent: Mapped[OptionalText]
    address: Mapped[OptionalText]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "account_id"),
        Index(None, "expires_at"),
    )


class ApiToken(Base):
    """What a machine shows instead of a password. Only its SHA-256 is kept."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), nullable=False)
    name: Mapped[RequiredText]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    created_at: Mapped[RecordedAt]
    created_by: Mapped[RequiredText]
    expires_at: Mapped[OptionalMoment]
    used_at: Mapped[OptionalMoment]
    revoked_at: Mapped[OptionalMoment]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        Index(None, "account_id"),
    )


class SignInAttempt(Base):
    """A try to sign in, whether or not there is such a login: waiting times come from these.

    A try counts as `refused` until the password has been found right. `unlocked`: an administrator
    let the tries before it be forgotten. `login`: a mark of it where there is no such account,
    because people type passwords there; `device`: a mark of the cookie of one signed in before.
    """

    __tablename__ = "sign_in_attempt"

    id: Mapped[Id]
    at: Mapped[RecordedAt]
    login: Mapped[RequiredText]
    address: Mapped[OptionalText]
    device: Mapped[OptionalText]
    outcome: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("outcome IN ('refused', 'accepted', 'unlocked')", name="outcome"),
        Index(None, "login", "id"),
        Index(None, "at"),
    )


class AuditEntry(Base):
    """One entry of the audit trail. Each hash covers the entry and the hash of the one before it.

    `codes`: the parts of the tree that it tells of and those above them, whose administrators read
    it. Numbered without a gap, written by `record_audit` alone, never changed or deleted.
    """

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    subject: Mapped[RequiredText]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    codes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    former_hash: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)

    __table_args__ = (Index(None, "codes", postgresql_using="gin"),)
