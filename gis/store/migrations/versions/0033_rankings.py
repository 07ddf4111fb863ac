"""Rankings of a city's districts, and points that a sub-district enters by hand"""

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_score_ranking_board"), "score_ranking")
    op.create_check_constraint(
        op.f("ck_score_ranking_board"), "score_ranking",
        "board IN ('street', 'district', 'centre', 'city')",
    )  # fmt: skip
    op.execute(Path(__file__).with_name("0033_rankings.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
