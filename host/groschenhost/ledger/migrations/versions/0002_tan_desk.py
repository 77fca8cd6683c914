# SPDX-License-Identifier: Apache-2.0
"""What the TAN desk keeps: who sold a TAN, what meters proved of them, service codes, and OpenPAYGO tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes this version from the one before."""
    op.add_column("tans", sa.Column("desk", sa.String(length=60), nullable=True))
    op.create_table(
        "tan_proofs",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_tan_proofs_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tan_proofs"),
    )
    op.create_index("ix_tan_proofs_meter_id", "tan_proofs", ["meter_id"], unique=False)
    op.create_table(
        "service_codes",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_service_codes_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_codes"),
        sa.UniqueConstraint("meter_id", "counter", name="uq_service_codes_meter_id_counter"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("purchase", sa.Integer(), nullable=False),
        sa.Column("eur", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_tokens_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("meter_id", "purchase", name="uq_tokens_meter_id_purchase"),
    )
