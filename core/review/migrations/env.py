"""What Alembic runs to migrate: within the connection and the transaction that `migrating` hands it."""

from alembic import context

from core.review import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.Base.metadata,
    transactional_ddl=True,  # SQLite undoes tables as well as rows, once BEGIN is said
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
