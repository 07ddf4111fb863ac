"""What people are told, in the page, by mail and by web hook, and what became of the sending."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
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

STATES = "'waiting', 'sent', 'given_up'"


class Notice(Base):
    """Something that organisations and persons are told of. Written with what it tells of.

    `transaction_id` as in the history of cases: whoever follows asks for what was not finished.
    """

    __tablename__ = "notice"

    id: Mapped[Id]
    kind: Mapped[RequiredText]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]
    told_by: Mapped[RequiredText]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    organisation_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), nullable=False)
    person_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), nullable=False)
    transaction_id: Mapped[int] = mapped_column(
        BigInteger, nullable=False, server_default=text("pg_current_xact_id()::text::bigint")
    )

    __table_args__ = (
        Index("ix_notice_incident", "incident_id", postgresql_where=text("kind = 'emergency'")),
        Index(None, "transaction_id"),
    )


class NoticeAccount(Base):
    """A notice in the inbox of an account. `by_mail`: it is wanted by mail, too, and goes with the
    delivery `mail_id` once one has been made up."""

    __tablename__ = "notice_account"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), nullable=False)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), nullable=False)
    urgent: Mapped[bool] = mapped_column(Boolean, nullable=False)
    by_mail: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    read_at: Mapped[OptionalMoment]
    acknowledged_at: Mapped[OptionalMoment]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))

    __table_args__ = (
        PrimaryKeyConstraint("account_id", "notice_id"),
        Index(None, "notice_id"),
        Index("ix_notice_account_unread", "account_id", postgresql_where=text("read_at IS NULL")),
        Index(
            "ix_notice_account_urgent", "account_id",
            postgresql_where=text("urgent AND acknowledged_at IS NULL"),
        ),
        Index(
            "ix_notice_account_to_mail", "account_id",
            postgresql_where=text("by_mail AND mail_id IS NULL"),
        ),
        Index("ix_notice_account_mail", "mail_id", postgresql_where=text("mail_id IS NOT NULL")),
    )  # fmt: skip


class MailChoice(Base):
    """Which kinds of notices an account wants by mail, and where."""

    __tablename__ = "mail_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    address: Mapped[RequiredText]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    changed_at: Mapped[RecordedAt]

    __table_args__ = (CheckConstraint("length(address) <= 254", name="address_length"),)


class WebHook(Base):
    """An address of a system that hears of the cases of an organisation's tree; of a department, of
    what the department is told. Ended, never deleted.

    `held_until`: it did not answer, and is left alone until then but for what is urgent.
    """

    __tablename__ = "web_hook"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    name: Mapped[RequiredText]
    url: Mapped[RequiredText]
    secret: Mapped[RequiredText]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    paused: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    recorded_at: Mapped[RecordedAt]
    recorded_by: Mapped[RequiredText]
    held_until: Mapped[OptionalMoment]
    ended_at: Mapped[OptionalMoment]

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("length(url) <= 2000", name="url_length"),
        Index(None, "organisation_id", postgresql_where=text("ended_at IS NULL")),
    )


class Delivery(Base):
    """One mail, or one call of a web hook: the outbox, and what became of it.

    `key` is what receivers know it by, the same at every try. `next_at`: when a worker takes it
    (again); whoever is at it has put that moment ahead. `error`: a word for what went wrong at the
    last try; `detail`: what the other side said. Without notices it is a test.
    """

    __tablename__ = "delivery"

    id: Mapped[Id]
    key: Mapped[uuid.UUID] = mapped_column(
        Uuid, nullable=False, server_default=text("gen_random_uuid()")
    )
    hook_id: Mapped[int | None] = mapped_column(ForeignKey("web_hook.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    address: Mapped[OptionalText]
    state: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    next_at: Mapped[RecordedAt]
    created_at: Mapped[RecordedAt]
    done_at: Mapped[OptionalMoment]
    error: Mapped[OptionalText]
    detail: Mapped[OptionalText]

    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("num_nonnulls(hook_id, account_id) = 1", name="one_way"),
        CheckConstraint("(account_id IS NULL) = (address IS NULL)", name="address"),
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done"),
        Index("ix_delivery_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_delivery_hook", "hook_id", "id", postgresql_where=text("hook_id IS NOT NULL")),
        Index(
            "ix_delivery_hook_open", "hook_id", "state",
            postgresql_where=text("hook_id IS NOT NULL AND state <> 'sent'"),
        ),
        Index(
            "ix_delivery_account", "account_id", "id",
            postgresql_where=text("account_id IS NOT NULL"),
        ),
    )  # fmt: skip
