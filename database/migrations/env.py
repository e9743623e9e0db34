"""Run by Alembic. The connection, and with it the transaction, comes from `database.migrate`."""

from alembic import context

# SQLite can roll back DDL when transactions begin explicitly, as in `database.engine`, so a
# migration that fails half-way leaves nothing behind.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)

with context.begin_transaction():
    context.run_migrations()
