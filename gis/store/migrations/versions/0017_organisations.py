"""Organisations and people through time, attachments, departures, names by pinyin"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PARENT_KIND = """CASE kind WHEN 'district' THEN 'city' WHEN 'sub_district' THEN 'district'
WHEN 'community' THEN 'sub_district' END"""
# Characters of names: the unified ideographs and their first extension.
CHARACTERS = (*range(0x4E00, 0xA000), *range(0x3400, 0x4DC0))
MOST_READINGS = 3


def upgrade() -> None:
    op.add_column("organisation", _moment("closed_at"))
    op.add_column("person", _text("staff_number", nullable=True))
    op.add_column("person", _text("pinyin", server_default=sa.text("''")))
    op.add_column("person", _moment("left_at"))
    op.create_index(op.f("ix_person_staff_number"), "person", ["staff_number"])
    op.create_index(op.f("ix_person_name_id"), "person", ["name", "id"])
    op.drop_constraint(op.f("ck_post_held_since"), "post", type_="check")
    op.create_check_constraint(op.f("ck_post_held_since"), "post", "NOT lower_inf(held)")
    _versions()
    op.create_table(
        "attachment",
        _id(),
        _number("person_id"),
        _number("organisation_id"),
        _text("kind"),
        _text("target_code"),
        _text("place", server_default=sa.text("''")),
        *_dated(),
        _check("attachment", "kind", "kind IN ('in_charge', 'contact', 'stationed')"),
        _check("attachment", "target_code", "target_code ~ '^[0-9]{6}([0-9]{3}){0,3}$'"),
        _check("attachment", "place_length", "length(place) <= 200"),
        _check("attachment", "since", "NOT isempty(planned) AND NOT lower_inf(planned)"),
        _check("attachment", "ended_by", "(ended_at IS NULL) = (ended_by IS NULL)"),
        _once("ex_attachment_once", "person_id", "target_code", "place"),
        _once(
            "ex_attachment_in_charge", "organisation_id", "target_code", "place",
            where="kind = 'in_charge'",
        ),
        *_keys("attachment", person_id="person", organisation_id="organisation"),
    )
    op.create_index(
        op.f("ix_attachment_target_code"), "attachment", ["target_code"],
        postgresql_ops={"target_code": "text_pattern_ops"},
    )
    op.create_table(
        "departure",
        _id(),
        _number("person_id"),
        _number("jurisdiction_id"),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("post_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        _moment("at", nullable=False),
        _text("reason"),
        sa.Column("done", postgresql.JSONB(), nullable=False),
        _moment("recorded_at", nullable=False, server_default=sa.text("now()")),
        _text("recorded_by"),
        _moment("moved_at"),
        sa.Column("moved", sa.Integer(), nullable=True),
        _moment("undone_at"),
        _text("undone_by", nullable=True),
        _text("undone_reason", nullable=True),
        _check("departure", "moved", "(moved_at IS NULL) = (moved IS NULL)"),
        _check("departure", "undone_by", "(undone_at IS NULL) = (undone_by IS NULL)"),
        *_keys("departure", person_id="person", jurisdiction_id="organisation"),
    )
    op.create_index(op.f("ix_departure_person_id"), "departure", ["person_id"])
    op.create_index(
        "ix_departure_due", "departure", ["at"],
        postgresql_where=sa.text("moved_at IS NULL AND undone_at IS NULL"),
    )
    op.create_table(
        "staff_revision",
        _id(),
        _text("of_table"),
        _number("of_id"),
        _moment("at", nullable=False, server_default=sa.text("clock_timestamp()")),
        _text("actor"),
        _text("reason", nullable=True),
        sa.Column("was", postgresql.JSONB(), nullable=False),
        *_keys("staff_revision"),
    )
    op.create_index(
        op.f("ix_staff_revision_of_table_of_id"), "staff_revision", ["of_table", "of_id"]
    )
    _hand_overs()
    _pinyin()
    op.execute(Path(__file__).with_name("0017_organisations.sql").read_text(encoding="utf-8"))


def _versions() -> None:
    version, person = "organisation_version", "person_version"
    op.create_table(
        version,
        _id(),
        _number("organisation_id"),
        _text("kind"),
        _text("name_zh"),
        _text("name_en", nullable=True),
        _number("parent_id", nullable=True),
        sa.Column("parent_kind", sa.Text(), sa.Computed(PARENT_KIND, persisted=True)),
        sa.Column(
            "parent_is_platform", sa.Boolean(), sa.Computed("true", persisted=True), nullable=False
        ),
        _number("successor_id", nullable=True),
        *_dated(),
        _check(version, "not_own_parent", "parent_id <> organisation_id"),
        _check(version, "name_length", "length(name_zh) BETWEEN 1 AND 200"),
        _check(version, "some_time", "NOT isempty(planned)"),
        _check(version, "ended_by", "(ended_at IS NULL) = (ended_by IS NULL)"),
        _once("ex_organisation_version_once", "organisation_id"),
        *(
            sa.ForeignKeyConstraint(
                columns, [f"organisation.{name}" for name in others],
                name=op.f(f"fk_{version}_{'_'.join(columns)}"),
            )
            for columns, others in (
                (["organisation_id", "kind"], ["id", "kind"]),
                (["parent_id", "parent_kind"], ["id", "kind"]),
                (["parent_id", "parent_is_platform"], ["id", "is_platform"]),
            )
        ),
        *_keys(version, successor_id="organisation"),
    )
    op.create_index(op.f(f"ix_{version}_parent_id"), version, ["parent_id"])
    op.create_table(
        person,
        _id(),
        _number("person_id"),
        _text("name"),
        _text("phone", nullable=True),
        _number("organisation_id", nullable=True),
        *_dated(),
        _check(person, "name_length", "length(name) BETWEEN 1 AND 100"),
        _check(person, "some_time", "NOT isempty(planned)"),
        _check(person, "ended_by", "(ended_at IS NULL) = (ended_by IS NULL)"),
        _once("ex_person_version_once", "person_id"),
        *_keys(person, person_id="person", organisation_id="organisation"),
    )
    op.create_index(op.f(f"ix_{person}_organisation_id"), person, ["organisation_id"])


def _hand_overs() -> None:
    """A hand-over comes of a plan or of a departure."""
    op.add_column("hand_over", _number("departure_id", nullable=True))
    op.alter_column("hand_over", "plan_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_hand_over_one_cause"), "hand_over", "num_nonnulls(plan_id, departure_id) = 1"
    )
    op.create_foreign_key(
        op.f("fk_hand_over_departure_id"), "hand_over", "departure", ["departure_id"], ["id"]
    )
    op.create_index(op.f("ix_hand_over_departure_id"), "hand_over", ["departure_id"])


def _pinyin() -> None:
    from pypinyin import Style, pinyin

    op.create_table(
        "pinyin",
        _text("character"),
        sa.Column("readings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("character", name=op.f("pk_pinyin")),
    )
    rows = []
    for number in CHARACTERS:
        found = pinyin(chr(number), style=Style.NORMAL, heteronym=True, errors="ignore")
        # ü is typed as v or as u
        typed = [one for said in (found[0] if found else []) for one in _typed(said)]
        readings = list(dict.fromkeys(typed))[:MOST_READINGS]
        if readings:
            rows.append((chr(number), readings))
    with op.get_bind().connection.cursor().copy("COPY pinyin FROM STDIN") as target:
        for row in rows:
            target.write_row(row)


def _typed(said: str) -> list[str]:
    said = said.replace("ê", "e").replace("ü", "v")
    if not (said.isascii() and said.isalpha()):
        return []
    return [said, said.replace("v", "u")] if "v" in said else [said]


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False, **options: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable, **options)


def _moment(name: str, *, nullable: bool = True, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **options)


def _dated() -> list[sa.Column]:
    return [
        sa.Column("planned", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "held",
            postgresql.TSTZRANGE(),
            sa.Computed("planned * tstzrange(NULL, ended_at)", persisted=True),
            nullable=False,
        ),
        _moment("recorded_at", nullable=False, server_default=sa.text("now()")),
        _text("recorded_by"),
        _text("reason", nullable=True),
        _moment("ended_at"),
        _text("ended_by", nullable=True),
        _text("ended_reason", nullable=True),
    ]


def _check(table: str, name: str, body: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(body, name=op.f(f"ck_{table}_{name}"))


def _once(name: str, *columns: str, where: str | None = None) -> postgresql.ExcludeConstraint:
    return postgresql.ExcludeConstraint(
        *((sa.column(column), "=") for column in columns),
        (sa.column("held"), "&&"),
        using="gist",
        name=name,
        where=sa.text(where) if where else None,
    )


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
