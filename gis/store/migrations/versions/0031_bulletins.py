"""Bulletins made by schedule"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulletin_series",
        *_of_whom(),
        sa.Column("after_days", sa.SmallInteger(), nullable=False),
        sa.Column("at_minute", sa.SmallInteger(), nullable=False),
        _moment("set_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        _moment("ended_at"),
        sa.Column("ended_by", sa.Text()),
        *_rules("bulletin_series",
                after_days="after_days BETWEEN 1 AND 20",
                at_minute="at_minute BETWEEN 0 AND 1439",
                ended_whole="(ended_at IS NULL) = (ended_by IS NULL)"),
    )  # fmt: skip
    op.create_index(
        "uq_bulletin_series_now", "bulletin_series",
        ["jurisdiction_id", sa.text("coalesce(area_code, '')"), "kind"],
        unique=True, postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "bulletin",
        *_of_whom(),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text()),
        _moment("made_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        *_rules("bulletin",
                edition="edition > 0",
                why_again="edition = 1 OR length(reason) BETWEEN 1 AND 1000"),
    )  # fmt: skip
    op.create_index(
        "uq_bulletin_edition", "bulletin",
        ["jurisdiction_id", sa.text("coalesce(area_code, '')"), "kind", "first_day", "edition"],
        unique=True,
    )  # fmt: skip
    op.create_table(
        "bulletin_file",
        sa.Column("bulletin_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        _moment("made_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "language IN ('zh-CN', 'en')", name=op.f("ck_bulletin_file_language")
        ),
        sa.CheckConstraint("form IN ('pdf', 'xlsx')", name=op.f("ck_bulletin_file_form")),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_file_bulletin_id")
        ),
        sa.PrimaryKeyConstraint(
            "bulletin_id", "language", "form", name=op.f("pk_bulletin_file")
        ),
    )  # fmt: skip
    op.execute(Path(__file__).with_name("0031_bulletins.sql").read_text(encoding="utf-8"))


def _moment(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _of_whom() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
    ]


def _rules(table: str, **checks: str) -> list[sa.Constraint]:
    checks |= {"kind": "kind IN ('week', 'month')", "area_code": "area_code ~ '^[0-9]{9}$'"}
    return [
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
            for name, rule in checks.items()
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f(f"fk_{table}_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
