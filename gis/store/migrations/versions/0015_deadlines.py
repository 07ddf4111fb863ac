"""Office calendars, the table of deadlines, clocks, what was told of them, and the queue of jobs"""

from importlib import resources
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UNITS = "'working_hours', 'working_days', 'calendar_hours', 'calendar_days'"
KINDS = "'case', 'collected', 'registered', 'dispatched', 'handled', 'fed_back'"


def upgrade() -> None:
    op.create_table(
        "office_calendar",
        _id(),
        _number("jurisdiction_id"),
        _text("zone"),
        sa.Column("week", postgresql.JSONB(), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("settled_through", sa.SmallInteger(), nullable=True),
        _text("digest"),
        *_told(),
        _check("office_calendar", "week", "jsonb_array_length(week) = 7"),
        _check("office_calendar", "days", "jsonb_typeof(days) = 'object'"),
        *_keys("office_calendar", jurisdiction_id="organisation"),
    )
    op.create_table(
        "deadline",
        _id(),
        _number("jurisdiction_id"),
        _text("category_code", nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=True),
        _text("stage"),
        sa.Column("amount", sa.Double(), nullable=False),
        _text("unit"),
        sa.Column("soon_share", sa.Double(), nullable=False),
        *_dated(),
        _check("deadline", "stage", f"stage IN ({KINDS})"),
        _check("deadline", "severity", "severity BETWEEN 1 AND 4"),
        _check("deadline", "unit", f"unit IN ({UNITS})"),
        _check("deadline", "amount", "amount > 0 AND amount <= 20000"),
        _check("deadline", "soon_share", "soon_share > 0 AND soon_share < 1"),
        _check("deadline", "since", "NOT isempty(planned) AND NOT lower_inf(planned)"),
        _check("deadline", "ended_by", "(ended_at IS NULL) = (ended_by IS NULL)"),
        postgresql.ExcludeConstraint(
            (sa.column("jurisdiction_id"), "="),
            (sa.text("coalesce(category_code, '')"), "="),
            (sa.text("coalesce(severity, 0::smallint)"), "="),
            (sa.column("stage"), "="),
            (sa.column("held"), "&&"),
            using="gist",
            name="ex_deadline_once",
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["category.code"], name=op.f("fk_deadline_category_code")
        ),
        *_keys("deadline", jurisdiction_id="organisation"),
    )
    op.create_table(
        "deadline_setting",
        _id(),
        _number("jurisdiction_id"),
        sa.Column("delay_amount", sa.Double(), nullable=True),
        _text("delay_unit", nullable=True),
        _text("reopened"),
        *_told(),
        _check(
            "deadline_setting", "delay_whole", "num_nonnulls(delay_amount, delay_unit) IN (0, 2)"
        ),
        _check("deadline_setting", "delay_amount", "delay_amount > 0 AND delay_amount <= 20000"),
        _check("deadline_setting", "delay_unit", f"delay_unit IN ({UNITS})"),
        _check("deadline_setting", "reopened", "reopened IN ('remaining', 'anew')"),
        *_keys("deadline_setting", jurisdiction_id="organisation"),
    )
    for table in ("office_calendar", "deadline", "deadline_setting"):
        op.create_index(op.f(f"ix_{table}_jurisdiction_id_id"), table, ["jurisdiction_id", "id"])
    _create_clocks()
    folder = Path(__file__).parent
    op.execute((folder / "0015_deadlines.sql").read_text(encoding="utf-8"))
    _create_jobs()


def _create_clocks() -> None:
    op.create_table(
        "clock",
        _id(),
        _number("incident_id"),
        _text("kind"),
        _number("deadline_id"),
        _number("calendar_id"),
        sa.Column("amount", sa.Double(), nullable=False),
        _text("unit"),
        sa.Column("soon_share", sa.Double(), nullable=False),
        _moment("started_at"),
        _moment("due_at"),
        _moment("soon_at"),
        _moment("paused_at", nullable=True),
        _moment("stopped_at", nullable=True),
        sa.Column("rested", sa.Interval(), server_default=sa.text("'0'::interval"), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("told", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        _moment("next_at", nullable=True),
        sa.Column(
            "turns", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        _check("clock", "kind", f"kind IN ({KINDS})"),
        _check("clock", "unit", f"unit IN ({UNITS})"),
        _check(
            "clock", "rests_untold", "next_at IS NULL OR num_nonnulls(paused_at, stopped_at) = 0"
        ),
        _check("clock", "rested", "rested >= '0'::interval"),
        *_keys(
            "clock", incident_id="incident", deadline_id="deadline", calendar_id="office_calendar"
        ),
    )
    op.create_index(op.f("ix_clock_incident_id_kind"), "clock", ["incident_id", "kind"])
    op.create_index(
        "uq_clock_running", "clock", ["incident_id", "kind"],
        unique=True, postgresql_where=sa.text("stopped_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_clock_next", "clock", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_table(
        "clock_notice",
        _id(),
        _number("clock_id"),
        _number("incident_id"),
        _text("kind"),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        _moment("due_at"),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        _number("job_id", nullable=True),
        _check("clock_notice", "kind", "kind IN ('due_soon', 'overdue', 'escalate')"),
        sa.UniqueConstraint("clock_id", "kind", "round", "step", name="uq_clock_notice_once"),
        *_keys("clock_notice", clock_id="clock", incident_id="incident"),
    )
    op.create_index(op.f("ix_clock_notice_incident_id"), "clock_notice", ["incident_id"])


def _create_jobs() -> None:
    """The tables and functions of procrastinate, in a schema of their own that they stay in."""
    schema = resources.files("procrastinate.sql").joinpath("schema.sql").read_text("utf-8")
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path = jobs, public")
    op.get_bind().exec_driver_sql(schema.replace("%", "%%"))
    op.execute(
        """
        DO $$
        DECLARE name regprocedure;
        BEGIN
          FOR name IN SELECT oid FROM pg_proc WHERE pronamespace = 'jobs'::regnamespace LOOP
            EXECUTE format('ALTER FUNCTION %s SET search_path = jobs, public', name);
          END LOOP;
        END $$
        """
    )
    op.execute("SET LOCAL search_path = public")


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _told() -> list[sa.Column]:
    return [
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        _text("actor"),
        _text("reason", nullable=True),
    ]


def _dated() -> list[sa.Column]:
    return [
        sa.Column("planned", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "held",
            postgresql.TSTZRANGE(),
            sa.Computed("planned * tstzrange(NULL, ended_at)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _text("recorded_by"),
        _text("reason", nullable=True),
        _moment("ended_at", nullable=True),
        _text("ended_by", nullable=True),
        _text("ended_reason", nullable=True),
    ]


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
