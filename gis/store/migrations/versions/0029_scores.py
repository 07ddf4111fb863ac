"""Points, rules of scoring and appeals"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

SUBJECTS = "'person', 'community', 'sub_district', 'department'"
FOREIGN = {
    "jurisdiction_id": "organisation", "organisation_id": "organisation",
    "department_id": "organisation", "giver_id": "organisation", "receiver_id": "organisation",
    "person_id": "person", "incident_id": "incident", "fact_id": "score_fact",
    "rule_id": "score_rule", "former_id": "score_rule", "corrects_id": "score_entry",
    "entry_id": "score_entry", "recorded_account_id": "account", "asked_account_id": "account",
    "decided_account_id": "account",
}  # fmt: skip


def upgrade() -> None:
    _table(
        "score_setting",
        _big("jurisdiction_id"), _text("zone"), _small("appeal_days"), _small("small_below"),
        _now("recorded_at"), _text("recorded_by"),
        checks={
            "appeal_days": "appeal_days BETWEEN 1 AND 366",
            "small_below": "small_below BETWEEN 0 AND 10000",
        },
    )  # fmt: skip
    _index("score_setting", "jurisdiction_id", "id")
    _table(
        "score_rule",
        _big("jurisdiction_id"), _big("series"), _big("former_id", False), _text("kind"),
        _list("subjects", sa.Text()), _points("points"), _list("categories", sa.Text()),
        _list("severities", sa.SmallInteger()), _list("sources", sa.Text()), _text("name_zh"),
        _text("name_en"), sa.Column("held", postgresql.DATERANGE(), nullable=False),
        _text("reason", False), _now("recorded_at"), _text("recorded_by"),
        _text("ended_by", False), _text("ended_reason", False),
        postgresql.ExcludeConstraint(
            (sa.column("series"), "="), (sa.column("held"), "&&"),
            using="gist", name="ex_score_rule_once",
        ),
        checks={
            "subjects": f"subjects <@ ARRAY[{SUBJECTS}] AND subjects <> '{{}}'",
            "points": "points BETWEEN -1000 AND 1000",
            "name_zh": "length(name_zh) BETWEEN 1 AND 100",
            "name_en": "length(name_en) BETWEEN 1 AND 100",
            "held_since": "NOT lower_inf(held)",
            "ended_by": "upper_inf(held) OR ended_by IS NOT NULL",
        },
    )  # fmt: skip
    _index("score_rule", "jurisdiction_id", "kind")
    op.create_table(
        "score_tally",
        _big("jurisdiction_id"), _big("since_transaction"), _big("archive_after"),
        _big("archive_until"), _big("whistle_after"), _moment("tallied_at", False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_score_tally_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("jurisdiction_id", name=op.f("pk_score_tally")),
    )  # fmt: skip
    _table(
        "score_fact",
        _big("jurisdiction_id"), _text("source"), _big("event_id"),
        sa.Column("of_event", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        _text("kind"), _moment("at"), _day("day"), _big("incident_id", False),
        _text("grid_code", False), _big("person_id", False), _big("department_id", False),
        _text("category_code", False), _small("severity", False), _text("channel", False),
        _text("reason", False), _text("document", False), _text("caller", False),
        _text("key", False), _now("recorded_at"), _text("recorded_by"),
        _big("recorded_account_id", False),
        _unique("score_fact", "source", "event_id", "of_event", "kind"),
        _unique("score_fact", "caller", "key"),
        checks={
            "source": "source IN ('incident', 'whistle', 'hand')",
            "by_hand": "source <> 'hand' OR (length(reason) BETWEEN 1 AND 1000"
            " AND length(document) BETWEEN 1 AND 200)",
        },
    )  # fmt: skip
    op.create_index(
        op.f("ix_score_fact_jurisdiction_id_kind_day"), "score_fact",
        ["jurisdiction_id", "kind", "day"],
        postgresql_include=["grid_code", "department_id", "of_event"],
    )  # fmt: skip
    _table(
        "score_entry",
        _big("jurisdiction_id"), _big("fact_id"), _big("rule_id"), _text("subject"),
        _big("organisation_id", False), _big("person_id", False), _text("code"), _day("day"),
        _points("points"), _big("corrects_id", False), _big("appeal_id", False),
        _now("recorded_at"),
        checks={
            "subject": f"subject IN ({SUBJECTS})",
            "one_subject": "CASE subject WHEN 'person' THEN person_id IS NOT NULL"
            " AND organisation_id IS NULL"
            " ELSE organisation_id IS NOT NULL AND person_id IS NULL END",
            "appeal_corrects": "appeal_id IS NULL OR corrects_id IS NOT NULL",
        },
    )  # fmt: skip
    _entry_indexes()
    _table(
        "score_appeal",
        _big("jurisdiction_id"), _big("entry_id"), _text("reason"), _now("asked_at"),
        _text("asked_by"), _big("asked_account_id", False), _moment("decided_at", False),
        _text("decided_by", False), _big("decided_account_id", False), _text("decision", False),
        _text("decided_reason", False), _points("points", False),
        _unique("score_appeal", "entry_id"),
        checks={
            "reason": "length(reason) BETWEEN 1 AND 1000",
            "decision": "decision IN ('upheld', 'rejected', 'changed')",
            "decided_whole": "num_nonnulls(decided_at, decided_by, decision, decided_reason)"
            " IN (0, 4)",
            "points": "(points IS NOT NULL) = (decision IS NOT DISTINCT FROM 'changed')",
            "decided_by_somebody_else": "decided_account_id <> asked_account_id"
            " AND decided_by <> asked_by",
        },
    )  # fmt: skip
    _index("score_appeal", "jurisdiction_id", "id")
    op.create_foreign_key(
        op.f("fk_score_entry_appeal_id"), "score_entry", "score_appeal", ["appeal_id"], ["id"]
    )
    _table(
        "score_ranking",
        _big("jurisdiction_id"), _text("board"), _text("code"), _day("since"), _day("until"),
        _big("through"), sa.Column("standings", postgresql.JSONB(), nullable=False),
        _now("published_at"), _text("published_by"),
        _unique("score_ranking", "jurisdiction_id", "board", "code", "since"),
        checks={
            "board": "board IN ('street', 'district', 'centre')",
            "until": "until > since",
        },
    )  # fmt: skip
    _table(
        "score_mark",
        _big("jurisdiction_id"), _day("since"), _big("giver_id"), _big("receiver_id"),
        sa.Column("marks", postgresql.JSONB(), nullable=False),
        sa.Column("mark", sa.Numeric(5, 2), nullable=False), _text("remark", False),
        _now("given_at"), _text("given_by"),
        _unique("score_mark", "since", "giver_id", "receiver_id"),
        checks={
            "other": "giver_id <> receiver_id",
            "mark": "mark BETWEEN 0 AND 100",
            "since": "since = date_trunc('month', since)::date",
        },
    )  # fmt: skip
    _index("score_mark", "jurisdiction_id", "since")
    op.execute(Path(__file__).with_name("0029_scores.sql").read_text(encoding="utf-8"))


def _entry_indexes() -> None:
    op.create_index(
        "uq_score_entry_fact", "score_entry",
        ["fact_id", "rule_id", "subject", sa.text("coalesce(organisation_id, person_id)")],
        unique=True, postgresql_where=sa.text("appeal_id IS NULL"),
    )  # fmt: skip
    op.create_index(
        "uq_score_entry_appeal", "score_entry", ["appeal_id"],
        unique=True, postgresql_where=sa.text("appeal_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_score_entry_day", "score_entry", ["jurisdiction_id", "subject", "day"],
        postgresql_include=["organisation_id", "person_id", "code", "points"],
    )  # fmt: skip
    for name, column, further in (
        ("organisation", "organisation_id", ["id"]),
        ("person", "person_id", ["id"]),
        ("corrects", "corrects_id", []),
    ):
        op.create_index(
            f"ix_score_entry_{name}", "score_entry", [column, *further],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )  # fmt: skip


def _table(name: str, *parts: sa.Column | sa.Constraint, checks: dict[str, str]) -> None:
    columns = [part.name for part in parts if isinstance(part, sa.Column)]
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *parts,
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{what}"))
            for what, rule in checks.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{FOREIGN[column]}.id"], name=op.f(f"fk_{name}_{column}")
            )
            for column in columns
            if column in FOREIGN
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _big(name: str, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _small(name: str, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), nullable=not required)


def _text(name: str, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not required)


def _points(name: str, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.Numeric(8, 2), nullable=not required)


def _day(name: str) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=False)


def _list(name: str, of: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, postgresql.ARRAY(of), nullable=False)


def _moment(name: str, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _now(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
