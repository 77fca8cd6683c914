# SPDX-License-Identifier: Apache-2.0
"""Lives: numbers and totals of a meter begin anew with each life of it. Every meter of before is in its first."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SAME = ("meters", "cards", "orders", "tan_proofs", "flashings", "port_readings")
"""Tables that are as before, but for the life."""
# table: what was one row of a meter by itself, and is one of a life now
_COUNTED = {"tans": "counter", "service_codes": "counter", "tokens": "purchase", "readings": "exchange"}

# As in 0001: what tells one row from another, and the columns that never change; "" for all of them.
_GUARDED = {
    "orders": (
        "id = NEW.id OR (meter_id = NEW.meter_id AND number = NEW.number)",
        (
            "id, meter_id, life, number, kind, amount_ueur, command, argument, credit_total_ueur, debt_total_ueur, "
            "issued_s"
        ),
    ),
    "tans": (
        (
            "id = NEW.id OR (meter_id = NEW.meter_id AND life = NEW.life "
            "AND (counter = NEW.counter OR replaced_by = NEW.replaced_by))"
        ),
        "id, meter_id, life, counter, eur, issued_s",
    ),
    "lives": ("meter_id = NEW.meter_id AND number = NEW.number", ""),
}
_SQLITE = """
CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'bookings are only ever appended'); END
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_only_appended BEFORE UPDATE {of} OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION groschen_refuse()
"""


def upgrade() -> None:
    """Makes this version from the one before."""
    is_shared = op.get_bind().dialect.name == "postgresql"
    _unguard(is_shared)
    for table in _SAME:
        op.add_column(table, _life())
    op.create_table(
        "lives",
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_generation", sa.BigInteger(), nullable=True),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column("begun_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_lives_meter_id"),
        sa.PrimaryKeyConstraint("meter_id", "number", name="pk_lives"),
    )
    if is_shared:
        op.drop_constraint("fk_tans_meter_id_replaced_by", "tans")
        op.drop_constraint("uq_tans_meter_id_replaced_by", "tans")
    else:
        _remake_tans()
    for table, number in _COUNTED.items():
        if table == "tans" and not is_shared:
            continue
        with op.batch_alter_table(table) as batch:
            batch.add_column(_life())
            batch.drop_constraint(f"uq_{table}_meter_id_{number}", type_="unique")
            batch.create_unique_constraint(f"uq_{table}_meter_id_life_{number}", ["meter_id", "life", number])
    if is_shared:
        replaced = ["meter_id", "life", "replaced_by"]
        op.create_unique_constraint("uq_tans_meter_id_life_replaced_by", "tans", replaced)
        op.create_foreign_key(
            "fk_tans_meter_id_life_replaced_by", "tans", "tans", replaced, ["meter_id", "life", "counter"]
        )
    _guard(is_shared)


def _life() -> sa.Column[int]:
    return sa.Column("life", sa.Integer(), nullable=False, server_default="1")


def _remake_tans() -> None:
    """Makes SQLite's table anew under a name of its own, which its reference to itself follows when it is renamed."""
    op.create_table(
        "tans_of_lives",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        _life(),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("eur", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "used", "dead", "replaced", name="tanstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("replaced_by", sa.BigInteger(), nullable=True),
        sa.Column("desk", sa.String(length=60), nullable=True),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("settled_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meter_id", "life", "replaced_by"],
            ["tans_of_lives.meter_id", "tans_of_lives.life", "tans_of_lives.counter"],
            name="fk_tans_meter_id_life_replaced_by",
        ),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_tans_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tans"),
        sa.UniqueConstraint("meter_id", "life", "counter", name="uq_tans_meter_id_life_counter"),
        sa.UniqueConstraint("meter_id", "life", "replaced_by", name="uq_tans_meter_id_life_replaced_by"),
    )
    kept = "id, meter_id, counter, eur, digits, state, replaced_by, desk, issued_s, settled_s"
    op.execute(f"INSERT INTO tans_of_lives ({kept}) SELECT {kept} FROM tans ORDER BY counter DESC")  # noqa: S608
    op.drop_table("tans")
    op.rename_table("tans_of_lives", "tans")


def _unguard(is_shared: bool) -> None:
    for table in ("orders", "tans"):
        if is_shared:
            op.execute(f"DROP TRIGGER {table}_only_appended ON {table}")
            continue
        for name in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {table}_no_{name}")


def _guard(is_shared: bool) -> None:
    for table, (same, columns) in _GUARDED.items():
        of = f"OF {columns}" if columns else ""
        if is_shared:
            op.execute(_POSTGRESQL.format(table=table, of=of))
            continue
        op.execute(_SQLITE.format(table=table, name="update", verb=f"UPDATE {of}", when=""))
        op.execute(_SQLITE.format(table=table, name="delete", verb="DELETE", when=""))
        when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - words of our own
        op.execute(_SQLITE.format(table=table, name="replace", verb="INSERT", when=when))
