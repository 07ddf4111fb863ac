"""The tables, as SQLAlchemy rows. Import `Base` from here so that every table is known to it."""

from gis.store.models.absence import Absence, Duty
from gis.store.models.account import (
    Account,
    AccountRole,
    ApiToken,
    AuditEntry,
    Session,
    SignInAttempt,
)
from gis.store.models.base import Base
from gis.store.models.channel import FollowCode, Supplement, UnlocatedReport
from gis.store.models.choice import OwnerChoice, RoutingSetting
from gis.store.models.deadline import (
    Clock,
    ClockNotice,
    Deadline,
    DeadlineSetting,
    OfficeCalendarVersion,
)
from gis.store.models.incident import (
    Category,
    IdempotencyKey,
    ImportJob,
    Incident,
    IncidentEvent,
    Queue,
    SerialBlock,
    SerialCounter,
)
from gis.store.models.organisation import DepartmentTie, Organisation, Person, Post
from gis.store.models.photo import Photo
from gis.store.models.plan import Building, Grid, GridUnit, Plan, PlanEvent, Street, Unit, Water
from gis.store.models.rule import (
    Asset,
    Contact,
    DutyItem,
    RoutingRule,
    RoutingVersion,
    RuleOrder,
)
from gis.store.models.source import SourceSystem
from gis.store.models.tiles import IncidentCell

__all__ = [
    "Absence",
    "Account",
    "AccountRole",
    "ApiToken",
    "Asset",
    "AuditEntry",
    "Base",
    "Building",
    "Category",
    "Clock",
    "ClockNotice",
    "Contact",
    "Deadline",
    "DeadlineSetting",
    "DepartmentTie",
    "Duty",
    "DutyItem",
    "FollowCode",
    "Grid",
    "GridUnit",
    "IdempotencyKey",
    "ImportJob",
    "Incident",
    "IncidentCell",
    "IncidentEvent",
    "OfficeCalendarVersion",
    "Organisation",
    "OwnerChoice",
    "Person",
    "Photo",
    "Plan",
    "PlanEvent",
    "Post",
    "Queue",
    "RoutingRule",
    "RoutingSetting",
    "RoutingVersion",
    "RuleOrder",
    "SerialBlock",
    "SerialCounter",
    "Session",
    "SignInAttempt",
    "SourceSystem",
    "Street",
    "Supplement",
    "Unit",
    "UnlocatedReport",
    "Water",
]
