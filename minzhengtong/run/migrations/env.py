"""Alembic's entry point: runs on the connection that it is given."""

from alembic import context

from minzhengtong.run.migrations.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    user_module_prefix="db.",
)
with context.begin_transaction():
    context.run_migrations()
