"""The year-end review of work teams"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

FOREIGN = {
    "jurisdiction_id": "organisation", "review_id": "team_review", "team_id": "work_team",
    "sender_id": "organisation", "sub_district_id": "organisation",
}  # fmt: skip


def upgrade() -> None:
    _rule()
    _table(
        "team_review",
        _big("jurisdiction_id"), _small("year"), _int("version", "1"),
        _flag("synthetic", False), _now("opened_at"), _text("opened_by"),
        _unique("team_review", "jurisdiction_id", "year"),
        checks={"year": "year BETWEEN 2000 AND 2199"},
    )  # fmt: skip
    _table(
        "work_team",
        _big("review_id"), _big("jurisdiction_id"), _text("name"), _big("sender_id", False),
        _text("sender_name", False), _big("sub_district_id"),
        sa.Column("community_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        _text("leader"), sa.Column("members", postgresql.ARRAY(sa.Text()), nullable=False),
        _int("version", "1"),
        sa.Column("left_out_at", sa.DateTime(timezone=True)), _text("left_out_reason", False),
        _unique("work_team", "review_id", "name"),
        checks={
            "name": "length(name) BETWEEN 1 AND 100",
            "sender": "num_nonnulls(sender_id, sender_name) = 1",
            "sender_name": "length(sender_name) BETWEEN 1 AND 100",
            "leader": "length(leader) BETWEEN 1 AND 100",
            "communities": "cardinality(community_ids) > 0",
            "left_out_whole": "(left_out_at IS NULL) = (left_out_reason IS NULL)",
            "left_out_reason": "length(left_out_reason) BETWEEN 1 AND 1000",
        },
    )  # fmt: skip
    _report_and_ballot()
    _table(
        "team_review_publication",
        _big("review_id"), _big("jurisdiction_id"), _small("year"), _small("edition"),
        _json("result"), _text("reason", False), _now("published_at"), _text("published_by"),
        _unique("team_review_publication", "review_id", "edition"),
        checks={
            "edition": "edition > 0",
            "why_again": "edition = 1 OR length(reason) BETWEEN 1 AND 1000",
        },
    )  # fmt: skip
    _index("team_review_publication", "jurisdiction_id", "year")
    _table(
        "team_review_event",
        _big("review_id"), _big("team_id", False), _big("jurisdiction_id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False), _text("actor"),
        _text("action"), _text("reason", False), _json("data"), checks={},
    )  # fmt: skip
    _index("team_review_event", "review_id", "id")
    op.execute(Path(__file__).with_name("0032_team_reviews.sql").read_text(encoding="utf-8"))


def _rule() -> None:
    _table(
        "team_review_rule",
        _big("jurisdiction_id"), _small("from_year"),
        *(
            sa.Column(name, sa.Numeric(5, 2), nullable=False)
            for name in (
                "weight_sub_district", "weight_community", "weight_households",
                "points_excellent", "points_good", "points_fair", "points_poor",
                "from_excellent", "from_good", "from_fair",
            )
        ),
        _small("quorum_part"), _small("quorum_whole"), _small("small_below"),
        _flag("example", False), _text("reason", False), _now("recorded_at"),
        _text("recorded_by"),
        checks={
            "from_year": "from_year BETWEEN 2000 AND 2199",
            "weights": "least(weight_sub_district, weight_community, weight_households) > 0"
            " AND weight_sub_district + weight_community + weight_households = 100",
            "points": "100 >= points_excellent AND points_excellent > points_good"
            " AND points_good > points_fair AND points_fair > points_poor AND points_poor >= 0",
            "results": "100 >= from_excellent AND from_excellent > from_good"
            " AND from_good > from_fair AND from_fair > 0",
            "quorum": "quorum_part BETWEEN 1 AND quorum_whole AND quorum_whole <= 100",
            "small_below": "small_below BETWEEN 0 AND 1000",
            "reason": "example OR length(reason) BETWEEN 1 AND 1000",
        },
    )  # fmt: skip
    _index("team_review_rule", "jurisdiction_id", "from_year", "id")


def _report_and_ballot() -> None:
    why = {"reason": "length(reason) BETWEEN 1 AND 1000"}
    _table(
        "team_report",
        _big("team_id"), _big("jurisdiction_id"), _text("side"), _flag("withdrawn"),
        sa.Column("given_on", sa.Date()), _text("body", False), _text("file_name", False),
        _text("media_type", False), sa.Column("content", sa.LargeBinary()), *_written(),
        checks={
            "side": "side IN ('sending_unit', 'sub_district', 'assembly')",
            "given_on": "withdrawn = (given_on IS NULL)",
            "told": "withdrawn = (num_nonnulls(body, content) = 0)",
            "body": "length(body) BETWEEN 1 AND 20000",
            "file_whole": "num_nonnulls(file_name, media_type, content) IN (0, 3)",
            "content": "octet_length(content) BETWEEN 1 AND 10000000",
            **why,
        },
    )  # fmt: skip
    _index("team_report", "team_id", "side", "id")
    counts = ("invited", "present", "void", "excellent", "good", "fair", "poor")
    _table(
        "team_ballot",
        _big("team_id"), _big("jurisdiction_id"), _text("side"), _flag("withdrawn"),
        sa.Column("held_on", sa.Date()), _text("called_by", False),
        *(_int(name, "0") for name in counts), *_written(),
        checks={
            "side": "side IN ('sub_district', 'community', 'households')",
            "held": "withdrawn = (held_on IS NULL) AND withdrawn = (called_by IS NULL)"
            " AND withdrawn = (invited = 0)",
            "called_by": "length(called_by) BETWEEN 1 AND 200",
            "no_less": "least(void, excellent, good, fair, poor) >= 0",
            "adds_up": "invited BETWEEN present AND 100000"
            " AND present >= void + excellent + good + fair + poor",
            **why,
        },
    )  # fmt: skip
    _index("team_ballot", "team_id", "side", "id")


def _written() -> list[sa.Column]:
    return [_text("reason", False), _now("recorded_at"), _text("recorded_by")]


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


def _small(name: str) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), nullable=False)


def _int(name: str, at_first: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text(at_first))


def _flag(name: str, at_first: bool | None = None) -> sa.Column:
    default = None if at_first is None else sa.text(str(at_first).lower())
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=default)


def _text(name: str, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not required)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


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
