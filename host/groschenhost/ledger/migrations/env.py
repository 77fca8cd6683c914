# SPDX-License-Identifier: Apache-2.0
"""Runs the migrations on the connection that `groschenhost.ledger.migrate` hands over, within its transaction."""

from alembic import context

from groschenhost.ledger.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_server_default=True,
)
context.run_migrations()
