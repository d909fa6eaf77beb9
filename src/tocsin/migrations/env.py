"""Alembic's entry: runs the migrations on the connection that `tocsin.migrations.migrate` opened."""

from alembic import context

from tocsin.kernel.db import Base
from tocsin.migrations import tables

assert tables.ALL

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
