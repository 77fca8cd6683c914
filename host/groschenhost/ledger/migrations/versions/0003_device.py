# SPDX-License-Identifier: Apache-2.0
"""What was flashed onto the meters' boards, and what they said at their service port; both only ever appended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("flashings", "port_readings")
_SQLITE = """
CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'bookings are only ever appended'); END
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION groschen_refuse()
"""


def upgrade() -> None:
    """Makes this version from the one before."""
    op.create_table(
        "flashings",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("first", "update", "replace", name="flashkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("board", sa.String(length=16), nullable=False),
        sa.Column("machine", sa.String(length=80), nullable=False),
        sa.Column("micropython", sa.String(length=20), nullable=False),
        sa.Column("release", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=True),
        sa.Column("self_test", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_flashings_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flashings"),
    )
    op.create_index("ix_flashings_meter_id", "flashings", ["meter_id"], unique=False)
    op.create_table(
        "port_readings",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column("energy_wh", sa.BigInteger(), nullable=False),
        sa.Column("ht_wh", sa.BigInteger(), nullable=False),
        sa.Column("nt_wh", sa.BigInteger(), nullable=False),
        sa.Column("balance_ueur", sa.BigInteger(), nullable=False),
        sa.Column("debt_ueur", sa.BigInteger(), nullable=False),
        sa.Column("meter_time", sa.String(length=20), nullable=False),
        sa.Column("firmware", sa.String(length=40), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_port_readings_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_port_readings"),
    )
    op.create_index("ix_port_readings_meter_id", "port_readings", ["meter_id"], unique=False)
    is_shared = op.get_bind().dialect.name == "postgresql"
    for table in _TABLES:
        if is_shared:
            op.execute(_POSTGRESQL.format(table=table))
            continue
        same = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - words of our own
        for name, verb, when in (("update", "UPDATE", ""), ("delete", "DELETE", ""), ("replace", "INSERT", same)):
            op.execute(_SQLITE.format(table=table, name=name, verb=verb, when=when))
