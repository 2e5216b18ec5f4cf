"""Run the revisions of `versions/` on the connection, and in the transaction, of the caller.

To change the schema: begin the next revision with ``alembic -c migrations/alembic.ini revision
--rev-id 0003 -m "what changes"``, make the same change in `digest/store/tables.py`, and raise
``HEAD`` in `digest/store/schema.py`.  Tables are altered in batches, because SQLite needs it:
``with op.batch_alter_table("feeds") as feeds: ...``.
"""

from alembic import context

from digest.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
