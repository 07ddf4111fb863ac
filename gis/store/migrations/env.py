"""Alembic's entry: one online mode, the URL handed over by `gis.store.migrate`."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine

from gis.store.models import Base

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=alembic_helpers.include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
