# SPDX-License-Identifier: Apache-2.0
"""What operators confirmed - a desk's clock, a correction of a meter's -, and the account of a correction's refund."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACCOUNT = ("correction", "expense", "Erstattungen nach Uhrkorrektur", "refunds after a clock's correction")
_SQLITE = """
CREATE TRIGGER confirmations_no_{name} BEFORE {verb} ON confirmations {when}
BEGIN SELECT RAISE(ABORT, 'bookings are only ever appended'); END
"""
_POSTGRESQL = """
CREATE TRIGGER confirmations_only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON confirmations
FOR EACH STATEMENT EXECUTE FUNCTION groschen_refuse()
"""


def upgrade() -> None:
    """Makes this version from the one before."""
    op.create_table(
        "confirmations",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("meter_id", _KEY, nullable=True),
        sa.Column("approved_by", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=240), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_confirmations_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmations"),
    )
    op.create_index("ix_confirmations_meter_id", "confirmations", ["meter_id"], unique=False)
    columns = ("code", "kind", "name_de", "name_en")
    accounts = sa.table("accounts", *(sa.column(name, sa.String) for name in columns))
    op.bulk_insert(accounts, [dict(zip(columns, _ACCOUNT, strict=True))])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
        return
    same = "WHEN EXISTS (SELECT 1 FROM confirmations WHERE id = NEW.id)"
    for name, verb, when in (("update", "UPDATE", ""), ("delete", "DELETE", ""), ("replace", "INSERT", same)):
        op.execute(_SQLITE.format(name=name, verb=verb, when=when))
