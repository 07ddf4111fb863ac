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
from gis.store.models.base_data import (
    Diary,
    DiaryCheck,
    FactKind,
    GridFact,
    GridFactNow,
    Visit,
)
from gis.store.models.board import ExpectationCount, UnitCompound, UnitEdge, UnitExpectation
from gis.store.models.bulletin import Bulletin, BulletinFile, BulletinSeries
from gis.store.models.channel import FollowCode, Supplement, UnlocatedReport
from gis.store.models.choice import OwnerChoice, RoutingSetting
from gis.store.models.deadline import (
    Clock,
    ClockNotice,
    Deadline,
    DeadlineSetting,
    OfficeCalendarVersion,
)
from gis.store.models.desk import SavedView
from gis.store.models.draft import Draft, DraftGrid, DraftOperation, DraftUnit, RequestKey
from gis.store.models.draft_job import DraftJob
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
from gis.store.models.lifecycle import Alarm, Approval, Hand, StepSetting
from gis.store.models.notice import Delivery, MailChoice, Notice, NoticeAccount, WebHook
from gis.store.models.organisation import DepartmentTie, Organisation, Person, Post
from gis.store.models.patrol import (
    Patrol,
    PatrolPlan,
    PatrolSetting,
    PatrolTrack,
    StreetPiece,
    StreetWalked,
)
from gis.store.models.photo import Photo
from gis.store.models.plan import Building, Grid, GridUnit, Plan, PlanEvent, Street, Unit, Water
from gis.store.models.review import PlanComment, PlanReview, PlanSchedule
from gis.store.models.rule import (
    Asset,
    Contact,
    DutyItem,
    RoutingRule,
    RoutingVersion,
    RuleOrder,
)
from gis.store.models.score import (
    ScoreAppeal,
    ScoreEntry,
    ScoreFact,
    ScoreMark,
    ScoreRanking,
    ScoreRule,
    ScoreSetting,
    ScoreTally,
)
from gis.store.models.source import SourceSystem
from gis.store.models.staff import (
    Attachment,
    Departure,
    OrganisationVersion,
    PersonVersion,
    Pinyin,
    StaffRevision,
)
from gis.store.models.team_review import (
    TeamBallot,
    TeamReport,
    TeamReview,
    TeamReviewEvent,
    TeamReviewPublication,
    TeamReviewRule,
    WorkTeam,
)
from gis.store.models.tiles import IncidentCell
from gis.store.models.weather import WeatherDay
from gis.store.models.whistle import Whistle, WhistleCall, WhistleEvent

__all__ = [
    "Absence",
    "Account",
    "AccountRole",
    "Alarm",
    "ApiToken",
    "Approval",
    "Asset",
    "Attachment",
    "AuditEntry",
    "Base",
    "Building",
    "Bulletin",
    "BulletinFile",
    "BulletinSeries",
    "Category",
    "Clock",
    "ClockNotice",
    "Contact",
    "Deadline",
    "DeadlineSetting",
    "Delivery",
    "DepartmentTie",
    "Departure",
    "Diary",
    "DiaryCheck",
    "Draft",
    "DraftGrid",
    "DraftJob",
    "DraftOperation",
    "DraftUnit",
    "Duty",
    "DutyItem",
    "ExpectationCount",
    "FactKind",
    "FollowCode",
    "Grid",
    "GridFact",
    "GridFactNow",
    "GridUnit",
    "Hand",
    "IdempotencyKey",
    "ImportJob",
    "Incident",
    "IncidentCell",
    "IncidentEvent",
    "MailChoice",
    "Notice",
    "NoticeAccount",
    "OfficeCalendarVersion",
    "Organisation",
    "OrganisationVersion",
    "OwnerChoice",
    "Patrol",
    "PatrolPlan",
    "PatrolSetting",
    "PatrolTrack",
    "Person",
    "PersonVersion",
    "Photo",
    "Pinyin",
    "Plan",
    "PlanComment",
    "PlanEvent",
    "PlanReview",
    "PlanSchedule",
    "Post",
    "Queue",
    "RequestKey",
    "RoutingRule",
    "RoutingSetting",
    "RoutingVersion",
    "RuleOrder",
    "SavedView",
    "ScoreAppeal",
    "ScoreEntry",
    "ScoreFact",
    "ScoreMark",
    "ScoreRanking",
    "ScoreRule",
    "ScoreSetting",
    "ScoreTally",
    "SerialBlock",
    "SerialCounter",
    "Session",
    "SignInAttempt",
    "SourceSystem",
    "StaffRevision",
    "StepSetting",
    "Street",
    "StreetPiece",
    "StreetWalked",
    "Supplement",
    "TeamBallot",
    "TeamReport",
    "TeamReview",
    "TeamReviewEvent",
    "TeamReviewPublication",
    "TeamReviewRule",
    "Unit",
    "UnitCompound",
    "UnitEdge",
    "UnitExpectation",
    "UnlocatedReport",
    "Visit",
    "Water",
    "WeatherDay",
    "WebHook",
    "Whistle",
    "WhistleCall",
    "WhistleEvent",
    "WorkTeam",
]
