# SPDX-License-Identifier: Apache-2.0
"""The first ledger: its tables, its chart of accounts, and the triggers that keep bookings as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite counts up by itself only what it calls INTEGER, which has 64 bits there.
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# As in groschenhost.ledger.values on the day of this version: a migration does not change with the program.
_CHART = (
    ("cash", "asset", "Kasse", "cash"),
    ("prepayment", "liability", "Vorauszahlungen der Kunden", "customers' prepayments"),
    ("deposit", "liability", "Kartenpfand", "card deposits"),
    ("refund", "liability", "Rückbuchungen, noch auszuzahlen", "refunds to be paid out"),
    ("debt", "asset", "Rückstände im Zähler", "debts in the meter"),
    ("collection", "liability", "Rückstände, für die Sparten einzuziehen", "debts to collect for the divisions"),
    ("ht", "revenue", "Strom HT", "electricity HT"),
    ("nt", "revenue", "Strom NT", "electricity NT"),
    ("power", "revenue", "Leistung", "power"),
    ("base_electricity", "revenue", "Grundkosten Strom", "base rate, electricity"),
    ("base_gas", "revenue", "Grundkosten Gas", "base rate, gas"),
    ("base_water", "revenue", "Grundkosten Wasser", "base rate, water"),
    ("debt_kwh", "collected", "Tilgung je kWh, Strom", "debt per kWh, electricity"),
    ("debt_electricity", "collected", "Tagesrate Strom", "debt rate, electricity"),
    ("debt_gas", "collected", "Tagesrate Gas", "debt rate, gas"),
    ("debt_water", "collected", "Tagesrate Wasser", "debt rate, water"),
)

# table: (what tells one row from another, the columns that never change; "" for all of them)
_GUARDED = {
    "entries": ("id = NEW.id OR reference = NEW.reference", ""),
    "lines": ("id = NEW.id", ""),
    "orders": (
        "id = NEW.id OR (meter_id = NEW.meter_id AND number = NEW.number)",
        "id, meter_id, number, kind, amount_ueur, command, argument, credit_total_ueur, debt_total_ueur, issued_s",
    ),
    "tans": (
        "id = NEW.id OR (meter_id = NEW.meter_id AND (counter = NEW.counter OR replaced_by = NEW.replaced_by))",
        "id, meter_id, counter, eur, issued_s",
    ),
}
_SQLITE = """
CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'bookings are only ever appended'); END
"""
_POSTGRESQL = (
    """
    CREATE FUNCTION groschen_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'bookings are only ever appended' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE FUNCTION groschen_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF (SELECT sum(amount_ueur) FROM lines WHERE entry_id = NEW.entry_id) <> 0 THEN
            RAISE EXCEPTION 'booking % does not sum to zero', NEW.entry_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    # At the end of the transaction, when all lines of a booking are there.
    """
    CREATE CONSTRAINT TRIGGER lines_sum_to_zero AFTER INSERT ON lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groschen_sums_to_zero()
    """,
)
_POSTGRESQL_REFUSE = """
CREATE TRIGGER {table}_only_appended BEFORE UPDATE {of} OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION groschen_refuse()
"""


def upgrade() -> None:
    """Makes all tables in an empty database."""
    _make_masters()
    _make_tariffs()
    _make_cards()
    _make_readings()
    _make_journal()
    _fill_chart()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _fill_chart() -> None:
    columns = ("code", "kind", "name_de", "name_en")
    table = sa.table("accounts", *(sa.column(name, sa.String) for name in columns))
    op.bulk_insert(table, [dict(zip(columns, row, strict=True)) for row in _CHART])


def _guard_sqlite() -> None:
    for table, (same, columns) in _GUARDED.items():
        of = f" OF {columns}" if columns else ""
        op.execute(_SQLITE.format(table=table, name="update", verb=f"UPDATE{of}", when=""))
        op.execute(_SQLITE.format(table=table, name="delete", verb="DELETE", when=""))
        # REPLACE takes the row that is in its way without a word to the triggers of UPDATE and DELETE.
        when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - words of our own
        op.execute(_SQLITE.format(table=table, name="replace", verb="INSERT", when=when))


def _guard_postgresql() -> None:
    for statement in _POSTGRESQL:
        op.execute(statement)
    for table, (_, columns) in _GUARDED.items():
        op.execute(_POSTGRESQL_REFUSE.format(table=table, of=f"OF {columns}" if columns else ""))


def _make_masters() -> None:
    """Makes the tables of utilities, meters, customers, contracts, settings and requests."""
    op.create_table(
        "utilities",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=True),
        sa.Column("made_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_utilities"),
        sa.UniqueConstraint("number", name="uq_utilities_number"),
    )
    op.create_table(
        "serial_patterns",
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("last", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_serial_patterns_utility_id"),
        sa.PrimaryKeyConstraint("utility_id", "prefix", name="pk_serial_patterns"),
    )
    op.create_table(
        "meters",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("imp_per_kwh", sa.Integer(), nullable=False),
        sa.Column("key_generation", sa.BigInteger(), nullable=True),
        sa.Column("made_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_meters_utility_id"),
        sa.PrimaryKeyConstraint("id", name="pk_meters"),
        sa.UniqueConstraint("utility_id", "serial", name="uq_meters_utility_id_serial"),
    )
    op.create_table(
        "customers",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=240), nullable=False),
        sa.Column("made_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_customers_utility_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("utility_id", "number", name="uq_customers_utility_id_number"),
    )
    op.create_table(
        "settings",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("emergency_limit_ueur", sa.BigInteger(), nullable=False),
        sa.Column("emergency_threshold_ueur", sa.BigInteger(), nullable=False),
        sa.Column("confirm_reconnect", sa.Boolean(), nullable=False),
        sa.Column("warn_days", sa.Integer(), nullable=False),
        sa.Column("warn_ueur", sa.BigInteger(), nullable=False),
        sa.Column("tan_digits", sa.Integer(), nullable=False),
        sa.Column("open_tokens", sa.Boolean(), nullable=False),
        sa.Column("daily_start", sa.Integer(), nullable=True),
        sa.Column("daily_end", sa.Integer(), nullable=True),
        sa.Column("weekend_start", sa.Integer(), nullable=True),
        sa.Column("weekend_end", sa.Integer(), nullable=True),
        sa.Column("span_start_s", sa.BigInteger(), nullable=True),
        sa.Column("span_end_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_settings_utility_id"),
        sa.PrimaryKeyConstraint("id", name="pk_settings"),
    )
    op.create_table(
        "settings_days",
        sa.Column("settings_id", _KEY, nullable=False),
        sa.Column("billing", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["settings_id"], ["settings.id"], name="fk_settings_days_settings_id"),
        sa.PrimaryKeyConstraint("settings_id", "billing", "day", name="pk_settings_days"),
    )
    op.create_table(
        "meter_settings",
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings_id", _KEY, nullable=False),
        sa.Column("from_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_meter_settings_meter_id"),
        sa.ForeignKeyConstraint(["settings_id"], ["settings.id"], name="fk_meter_settings_settings_id"),
        sa.PrimaryKeyConstraint("meter_id", "number", name="pk_meter_settings"),
    )
    op.create_table(
        "contracts",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("customer_id", _KEY, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=True),
        sa.Column("settings_id", _KEY, nullable=True),
        sa.Column("from_s", sa.BigInteger(), nullable=False),
        sa.Column("until_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_contracts_customer_id"),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_contracts_meter_id"),
        sa.ForeignKeyConstraint(["settings_id"], ["settings.id"], name="fk_contracts_settings_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contracts"),
        sa.UniqueConstraint("meter_id", "from_s", name="uq_contracts_meter_id_from_s"),
    )
    op.create_index("ix_contracts_account", "contracts", ["account"], unique=False)
    op.create_table(
        "requests",
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("asked", sa.String(length=200), nullable=False),
        sa.Column("result_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_requests_utility_id"),
        sa.PrimaryKeyConstraint("utility_id", "key", name="pk_requests"),
    )


def _make_tariffs() -> None:
    """Makes the tables of tariffs."""
    op.create_table(
        "tariffs",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("ht_ueur_per_kwh", sa.BigInteger(), nullable=False),
        sa.Column("nt_ueur_per_kwh", sa.BigInteger(), nullable=False),
        sa.Column("power_ueur_per_kw", sa.BigInteger(), nullable=False),
        sa.Column("power_continuous", sa.Boolean(), nullable=False),
        sa.Column("power_yearly", sa.Boolean(), nullable=False),
        sa.Column("base_ueur_per_day", sa.BigInteger(), nullable=False),
        sa.Column("base_electricity", sa.Integer(), nullable=False),
        sa.Column("base_gas", sa.Integer(), nullable=False),
        sa.Column("base_water", sa.Integer(), nullable=False),
        sa.Column("debt_ueur_per_kwh", sa.BigInteger(), nullable=False),
        sa.Column("debt_ueur_per_day", sa.BigInteger(), nullable=False),
        sa.Column("debt_electricity", sa.Integer(), nullable=False),
        sa.Column("debt_gas", sa.Integer(), nullable=False),
        sa.Column("debt_water", sa.Integer(), nullable=False),
        sa.Column("land", sa.String(length=2), nullable=False),
        sa.Column("settings_id", _KEY, nullable=True),
        sa.Column("made_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["settings_id"], ["settings.id"], name="fk_tariffs_settings_id"),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_tariffs_utility_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tariffs"),
        sa.UniqueConstraint("utility_id", "version", name="uq_tariffs_utility_id_version"),
    )
    op.create_table(
        "tariff_spans",
        sa.Column("tariff_id", _KEY, nullable=False),
        sa.Column("day_type", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name="fk_tariff_spans_tariff_id"),
        sa.PrimaryKeyConstraint("tariff_id", "day_type", "position", name="pk_tariff_spans"),
    )
    op.create_table(
        "tariff_holidays",
        sa.Column("tariff_id", _KEY, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("a", sa.Integer(), nullable=False),
        sa.Column("b", sa.Integer(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name="fk_tariff_holidays_tariff_id"),
        sa.PrimaryKeyConstraint("tariff_id", "position", name="pk_tariff_holidays"),
    )


def _make_cards() -> None:
    """Makes the tables of cards, orders and TANs."""
    op.create_table(
        "cards",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("customer", "service", "readout", name="cardkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("chip", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "blocked", "returned", name="cardstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("deposit_ueur", sa.BigInteger(), nullable=False),
        sa.Column("replaces_id", _KEY, nullable=True),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("written_s", sa.BigInteger(), nullable=True),
        sa.Column("closed_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_cards_meter_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["cards.id"], name="fk_cards_replaces_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cards"),
        sa.UniqueConstraint("meter_id", "number", name="uq_cards_meter_id_number"),
    )
    op.create_table(
        "orders",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Enum("credit", "debt", "command", name="orderkind", native_enum=False, length=16), nullable=False
        ),
        sa.Column("amount_ueur", sa.BigInteger(), nullable=False),
        sa.Column("command", sa.String(length=16), nullable=True),
        sa.Column("argument", sa.BigInteger(), nullable=False),
        sa.Column("credit_total_ueur", sa.BigInteger(), nullable=False),
        sa.Column("debt_total_ueur", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "unknown",
                "written",
                "acknowledged",
                "superseded",
                name="orderstate",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("card_id", _KEY, nullable=True),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("settled_s", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_ueur >= 0", name="ck_orders_amount"),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name="fk_orders_card_id"),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_orders_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("meter_id", "number", name="uq_orders_meter_id_number"),
    )
    op.create_index("ix_orders_meter_id_state", "orders", ["meter_id", "state"], unique=False)
    op.create_table(
        "tans",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("eur", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "used", "dead", "replaced", name="tanstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("replaced_by", sa.BigInteger(), nullable=True),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("settled_s", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meter_id", "replaced_by"], ["tans.meter_id", "tans.counter"], name="fk_tans_meter_id_replaced_by"
        ),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_tans_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tans"),
        sa.UniqueConstraint("meter_id", "counter", name="uq_tans_meter_id_counter"),
        sa.UniqueConstraint("meter_id", "replaced_by", name="uq_tans_meter_id_replaced_by"),
    )


def _make_readings() -> None:
    """Makes the tables of returned readings."""
    op.create_table(
        "readings",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("exchange", sa.BigInteger(), nullable=False),
        sa.Column("card_number", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.Column("credits_ueur", sa.BigInteger(), nullable=False),
        sa.Column("debts_ueur", sa.BigInteger(), nullable=False),
        sa.Column("refunds_ueur", sa.BigInteger(), nullable=False),
        sa.Column("balance_ueur", sa.BigInteger(), nullable=False),
        sa.Column("debt_ueur", sa.BigInteger(), nullable=False),
        sa.Column("supply_on", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("topups_ueur", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("ht", sa.BigInteger(), nullable=False),
        sa.Column("nt", sa.BigInteger(), nullable=False),
        sa.Column("power", sa.BigInteger(), nullable=False),
        sa.Column("base_electricity", sa.BigInteger(), nullable=False),
        sa.Column("base_gas", sa.BigInteger(), nullable=False),
        sa.Column("base_water", sa.BigInteger(), nullable=False),
        sa.Column("debt_kwh", sa.BigInteger(), nullable=False),
        sa.Column("debt_electricity", sa.BigInteger(), nullable=False),
        sa.Column("debt_gas", sa.BigInteger(), nullable=False),
        sa.Column("debt_water", sa.BigInteger(), nullable=False),
        sa.Column("pulses", sa.BigInteger(), nullable=False),
        sa.Column("pulses_ht", sa.BigInteger(), nullable=False),
        sa.Column("pulses_nt", sa.BigInteger(), nullable=False),
        sa.Column("tariff_version", sa.BigInteger(), nullable=False),
        sa.Column("settings_number", sa.BigInteger(), nullable=False),
        sa.Column("tan_highest", sa.BigInteger(), nullable=False),
        sa.Column("tan_used", sa.BigInteger(), nullable=False),
        sa.Column("tan_width", sa.Integer(), nullable=False),
        sa.Column("acknowledgement", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("received_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_readings_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("meter_id", "exchange", name="uq_readings_meter_id_exchange"),
    )


def _make_journal() -> None:
    """Makes the tables of accounts and bookings."""
    op.create_table(
        "accounts",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name_de", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_accounts"),
    )
    op.create_table(
        "entries",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "topup", "tan", "debt", "deposit", "reading", "payout", name="entrykind", native_enum=False, length=16
            ),
            nullable=False,
        ),
        sa.Column("utility_id", _KEY, nullable=False),
        sa.Column("meter_id", _KEY, nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("desk", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_entries_meter_id"),
        sa.ForeignKeyConstraint(["utility_id"], ["utilities.id"], name="fk_entries_utility_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("reference", name="uq_entries_reference"),
    )
    op.create_index("ix_entries_meter_id", "entries", ["meter_id"], unique=False)
    op.create_table(
        "lines",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("entry_id", _KEY, nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("meter_id", _KEY, nullable=False),
        sa.Column("amount_ueur", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_ueur <> 0", name="ck_lines_amount"),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name="fk_lines_account"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_lines_entry_id"),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name="fk_lines_meter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lines"),
    )
    op.create_index("ix_lines_entry_id", "lines", ["entry_id"], unique=False)
    op.create_index("ix_lines_meter_id_account", "lines", ["meter_id", "account"], unique=False)
