"""Cases as a step finds them: locked, with every hand and what was asked; and what steps write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

CASES = """
SELECT i.id, i.version, i.stage, i.jurisdiction_id, j.code AS jurisdiction_code,
       j.kind AS jurisdiction_kind, i.grid_code, i.category_code, i.severity, i.source,
       ST_X(i.location) AS lon, ST_Y(i.location) AS lat, i.reported_at, i.due_at, i.closed_at,
       i.parked_until, i.supervised_until, i.satisfaction, i.dismissed, i.merged_into,
       CASE WHEN i.merged_into IS NOT NULL THEN main_stage(i.id) END IS NOT NULL AS main_open,
       i.route_rule, i.person_id, i.post_id,
       i.responsible_level, i.contact_id, i.department_id
FROM incident AS i JOIN organisation AS j ON j.id = i.jurisdiction_id
WHERE i.id = ANY(:ids) ORDER BY i.id
"""
# Where a hand is in the tree: a post in its grid, a desk at its organisation, a department at the
# organisation that it belongs to.
HANDS = """
SELECT h.*, o.kind AS organisation_kind,
       CASE WHEN h.organisation_id IS NULL
            THEN coalesce(left(i.grid_code, CASE WHEN h.level > 0 THEN 3 * h.level + 6 END), j.code)
            WHEN o.kind = 'department' THEN coalesce(above.code, j.code) ELSE o.code END AS code
FROM hand AS h JOIN incident AS i ON i.id = h.incident_id
JOIN organisation AS j ON j.id = i.jurisdiction_id
LEFT JOIN organisation AS o ON o.id = h.organisation_id
LEFT JOIN organisation AS above ON above.id = o.parent_id
WHERE h.incident_id = ANY(:ids) ORDER BY h.incident_id, h.id
"""
PENDING = """
SELECT *, until <= clock_timestamp() AS past FROM approval
WHERE incident_id = ANY(:ids) AND decided_at IS NULL
"""
SETTINGS = """
SELECT DISTINCT ON (jurisdiction_id) jurisdiction_id, checked_sources, photo_categories
FROM step_setting WHERE jurisdiction_id = ANY(:ids) ORDER BY jurisdiction_id, id DESC
"""
# Columns of an incident that a step may change.
CHANGED = (
    "stage", "due_at", "closed_at", "dismissed", "merged_into", "parked_until", "supervised_until",
    "satisfaction", "person_id", "post_id", "responsible_level", "contact_id", "department_id",
)  # fmt: skip
CHECKED_SOURCES = ("public_report",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSetting:
    """What a jurisdiction wants of steps: sources whose reports are checked on site before they
    are registered, and beginnings of category codes whose handling needs a photo."""

    checked_sources: tuple[str, ...] = CHECKED_SOURCES
    photo_categories: tuple[str, ...] = ()

    def wants_photo(self, category: str) -> bool:
        return category.startswith(self.photo_categories) if self.photo_categories else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who gets a task: a post's person, or an organisation with the person who speaks for it.

    `sent`: chosen by a step. `contact_id`: as whose contact the person answers.
    """

    level: int
    organisation_id: int | None = None
    post_id: int | None = None
    person_id: int | None = None
    contact_id: int | None = None
    department: bool = False
    sent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A case with its hands (all, the oldest first) and what was asked and is not decided."""

    case: Mapping[str, Any]
    hands: Sequence[Mapping[str, Any]]
    asked: Mapping[str, Any] | None

    @property
    def lead(self) -> Mapping[str, Any] | None:
        """The open lead hand."""
        return next((one for one in self.hands if one["is_lead"] and one["until"] is None), None)

    @property
    def assisting(self) -> list[Mapping[str, Any]]:
        """The open hands that assist."""
        return [one for one in self.hands if not one["is_lead"] and one["until"] is None]


def find_cases(connection: Connection, ids: Sequence[int], *, lock: bool) -> dict[int, Found]:
    """Cases by id, those that there are; with `lock` nobody else changes them meanwhile."""
    query = CASES + (" FOR UPDATE OF i" if lock else "")
    wanted = {"ids": sorted(set(ids))}
    found = {row["id"]: row for row in connection.execute(text(query), wanted).mappings()}
    known = {"ids": list(found)}
    hands: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in connection.execute(text(HANDS), known).mappings():
        hands[row["incident_id"]].append(dict(row))
    asked = {
        row["incident_id"]: dict(row) for row in connection.execute(text(PENDING), known).mappings()
    }
    return {
        one: Found(case=dict(row), hands=hands[one], asked=asked.get(one))
        for one, row in found.items()
    }


def settings_of(connection: Connection, jurisdiction_ids: Sequence[int]) -> dict[int, StepSetting]:
    """What jurisdictions want of steps; the defaults where nothing was set."""
    found = {one: StepSetting() for one in jurisdiction_ids}
    for row in connection.execute(text(SETTINGS), {"ids": sorted(found)}):
        found[row.jurisdiction_id] = StepSetting(
            checked_sources=tuple(row.checked_sources), photo_categories=tuple(row.photo_categories)
        )
    return found


def set_setting(connection: Connection, jurisdiction_id: int, setting: StepSetting) -> None:
    """Record what a jurisdiction wants of steps from now on."""
    connection.execute(
        text(
            "INSERT INTO step_setting (jurisdiction_id, checked_sources, photo_categories,"
            " recorded_by) VALUES (:id, :sources, :categories, current_actor())"
        ),
        {
            "id": jurisdiction_id,
            "sources": list(setting.checked_sources),
            "categories": list(setting.photo_categories),
        },
    )


def place_in_tree(connection: Connection, organisation_id: int) -> str:
    """The code of an organisation, of a department that of the one it belongs to."""
    query = """SELECT CASE o.kind WHEN 'department' THEN coalesce(p.code, '') ELSE o.code END
      FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id WHERE o.id = :id"""
    return str(connection.scalar(text(query), {"id": organisation_id}) or "")


def moment(connection: Connection) -> datetime:
    """What time it is, by the clock of the database."""
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def change_case(connection: Connection, incident_id: int, values: Mapping[str, Any]) -> None:
    """Write what a step changes of a case (columns of CHANGED); its version goes on by one."""
    unknown = set(values) - set(CHANGED)
    if unknown:
        raise ValueError(f"no step changes {sorted(unknown)}")
    listed = ", ".join(f"{name} = :{name}" for name in values) or "version = version"
    connection.execute(
        text(f"UPDATE incident SET {listed} WHERE id = :id"), {**values, "id": incident_id}
    )


def give_hand(
    connection: Connection,
    incident_id: int,
    task: str,
    holder: Holder,
    *,
    at: datetime,
    by: str,
    reason: str | None = None,
    lead: bool = True,
) -> None:
    """Put a task into a holder's hand from a moment on."""
    connection.execute(
        text(
            "INSERT INTO hand (incident_id, task, is_lead, sent, level, organisation_id, post_id,"
            " person_id, since, given_by, reason) VALUES (:incident, :task, :lead, :sent, :level,"
            " :organisation, :post, :person, :at, :by, :reason)"
        ),
        {
            "incident": incident_id, "task": task, "lead": lead, "sent": holder.sent,
            "level": holder.level, "organisation": holder.organisation_id, "post": holder.post_id,
            "person": holder.person_id, "at": at, "by": by, "reason": reason,
        },
    )  # fmt: skip


def end_hands(
    connection: Connection,
    hand_ids: Sequence[int],
    *,
    at: datetime,
    by: str,
    account_id: int | None,
    how: str,
) -> None:
    """End hands at a moment; one that was to begin later, when it begins."""
    connection.execute(
        text(
            "UPDATE hand SET until = greatest(since, :at), ended_by = :by,"
            " ended_account_id = :account, ended_how = :how WHERE id = ANY(:ids)"
        ),
        {"ids": list(hand_ids), "at": at, "by": by, "account": account_id, "how": how},
    )


def accept_hand(
    connection: Connection, hand_id: int, *, at: datetime, by: str, account_id: int | None
) -> None:
    """Note that whoever has a task in hand has taken it up."""
    connection.execute(
        text(
            "UPDATE hand SET accepted_at = :at, accepted_by = :by, accepted_account_id = :account"
            " WHERE id = :id"
        ),
        {"id": hand_id, "at": at, "by": by, "account": account_id},
    )


def ask(connection: Connection, incident_id: int, **values: Any) -> None:
    """Ask those above: `kind`, `until`, `reason`, `at`, `by`, `account_id`, `code`, `rank`."""
    connection.execute(
        text(
            "INSERT INTO approval (incident_id, kind, until, reason, asked_at, asked_by,"
            " asked_account_id, code, rank) VALUES (:incident, :kind, :until, :reason, :at, :by,"
            " :account_id, :code, :rank)"
        ),
        {"incident": incident_id, **values},
    )


def decide(connection: Connection, approval_id: int, **values: Any) -> None:
    """Note what was decided: `decision`, `reason`, `at`, `by`."""
    connection.execute(
        text(
            "UPDATE approval SET decision = :decision, decided_reason = :reason,"
            " decided_at = :at, decided_by = :by WHERE id = :id"
        ),
        {"id": approval_id, **values},
    )


def end_rest(connection: Connection, incident_id: int, at: datetime) -> None:
    """Note that a case that was parked has been taken up again."""
    connection.execute(
        text(
            "UPDATE approval SET resumed_at = :at WHERE incident_id = :id AND kind = 'park'"
            " AND decision = 'granted' AND resumed_at IS NULL"
        ),
        {"id": incident_id, "at": at},
    )


def tell_duplicates(
    connection: Connection, incident_id: int, actor: str, *, reason: str | None = None
) -> None:
    """Tell in the history of every case merged into one what became of that one: how it was
    solved, or, with a `reason`, why it was not taken up."""
    connection.execute(
        text(
            """
            WITH RECURSIVE merged AS (
              SELECT id, stage FROM incident WHERE merged_into = :id
              UNION SELECT i.id, i.stage FROM incident AS i JOIN merged ON i.merged_into = merged.id
            )
            INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage,
                                        reason, data)
            SELECT merged.id, clock_timestamp(), :actor, 'answer', merged.stage, merged.stage,
                   coalesce(cast(:reason AS text),
                     (SELECT reason FROM incident_event WHERE incident_id = :id
                        AND action IN ('handle', 'feed_back') ORDER BY id DESC LIMIT 1)),
                   jsonb_build_object('main', cast(:id AS bigint))
            FROM merged ORDER BY merged.id
            """
        ),
        {"id": incident_id, "actor": actor, "reason": reason},
    )
