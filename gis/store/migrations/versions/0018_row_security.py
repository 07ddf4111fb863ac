"""Who sees what: the role of the application, and what each table shows it"""

from pathlib import Path

from alembic import op

from gis.store.cluster.role import mark, prepare_role

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    prepare_role(driver, driver.info.dbname)
    op.execute(Path(__file__).with_name("0018_row_security.sql").read_text(encoding="utf-8"))
    mark(driver, "word_keys(text)", "search_text(text)")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
