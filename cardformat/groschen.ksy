# SPDX-License-Identifier: Apache-2.0
# Written by tools/card_ksy.py from the table of records; cardformat/SPEC.md is normative.
meta:
  id: groschen
  title: Chip card of a Groschen prepayment meter
  file-extension: img
  license: Apache-2.0
  ks-version: '0.10'
  endian: le
  bit-endian: le
doc: |
  The whole memory of an SLE 4428 or 5528, 1 024 bytes. For a MIFARE Classic 1K, or for a card's space by itself, begin
  at the type `space`: for the MIFARE that is its data blocks in order, without block 0 and without the trailers.

  Records are read when they are asked for: one that is blank or damaged may fail, and does not hinder the others.
  CRC and MAC are not checked here. Integers of more than 53 bits are exact only where the language has them.
seq:
  - id: header
    size: 32
  - id: space
    type: space
    size: 989
  - id: error_counter
    type: u1
    doc: one bit for each try that is left
  - id: psc
    size: 2
    doc: zeros as long as it was not presented
types:
  space:
    instances:
      identity:
        pos: 0
        size: 48
        type: identity_record
      tariff_0:
        pos: 48
        size: 128
        type: tariff_record
      tariff_1:
        pos: 432
        size: 128
        type: tariff_record
      contract_0:
        pos: 176
        size: 96
        type: contract_record
      contract_1:
        pos: 560
        size: 96
        type: contract_record
      order_0:
        pos: 272
        size: 48
        type: order_record
      order_1:
        pos: 320
        size: 48
        type: order_record
      acknowledgement:
        pos: 368
        size: 64
        type: acknowledgement_record
      report:
        pos: 432
        size: _io.size - 432
        type: report_record
  identity_record:
    seq:
      - id: number
        type: u4
      - id: payload
        type: identity
        size: 34
      - id: mac
        size: 8
      - id: crc
        type: u2
  identity:
    seq:
      - id: format
        type: u1
        doc: "version of this format, 1"
      - id: card
        type: u1
        doc: "0 customer, 1 service, 2 read-out"
      - id: utility
        type: u2
        doc: "number of the utility"
      - id: serial
        type: str
        size: 20
        pad-right: 0
        encoding: ASCII
        doc: "ASCII: serial number of the meter, zeros behind it"
      - id: issued_day
        type: u2
        doc: "days since 1970-01-01: local day on which the card was made"
      - id: life
        type: u2
        doc: "of the meter; 0 in its first, section 3"
  tariff_record:
    seq:
      - id: number
        type: u4
      - id: payload
        type: tariff
        size: 114
      - id: mac
        size: 8
      - id: crc
        type: u2
  tariff:
    seq:
      - id: start_quarter
        type: u3
        doc: "quarter hours: since 1970 UTC: from when it is in force"
      - id: start_second
        type: u2
        doc: "s: within that quarter hour"
      - id: ht_ueur_per_kwh
        type: u3
        doc: "µEUR: price of a kWh in HT"
      - id: nt_ueur_per_kwh
        type: u3
        doc: "µEUR: price of a kWh in NT"
      - id: power_ueur_per_kw
        type: u4
        doc: "µEUR: price of a kW and billing period"
      - id: base_ueur_per_day
        type: u4
        doc: "µEUR: base rate"
      - id: base_gas
        type: u1
        doc: "%: share of gas in the base rate"
      - id: base_water
        type: u1
        doc: "%: share of water; electricity has the rest, the two at most 100"
      - id: debt_ueur_per_kwh
        type: u3
        doc: "µEUR: debt per kWh"
      - id: debt_ueur_per_day
        type: u4
        doc: "µEUR: debt rate"
      - id: debt_gas
        type: u1
        doc: "%: share of gas in the debt rate"
      - id: debt_water
        type: u1
        doc: "%: share of water; electricity has the rest, the two at most 100"
      - id: flags
        type: u1
        doc: "bits: 1 continuous power tariff (else periodic), 2 yearly billing period (else monthly)"
      - id: workday
        type: tariff_workday
        doc: "spans: HT spans of workdays, at most 4, see below"
      - id: saturday
        type: tariff_saturday
        doc: "spans: of Saturdays"
      - id: sunday
        type: tariff_sunday
        doc: "spans: of Sundays and holidays"
      - id: holidays
        type: holidays
        doc: "rules: at most 24, see below"
  tariff_workday:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: tariff_workday_row
        repeat: expr
        repeat-expr: count.value
  tariff_workday_row:
    seq:
      - id: span
        type: u3
        doc: "span"
  tariff_saturday:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: tariff_saturday_row
        repeat: expr
        repeat-expr: count.value
  tariff_saturday_row:
    seq:
      - id: span
        type: u3
        doc: "span"
  tariff_sunday:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: tariff_sunday_row
        repeat: expr
        repeat-expr: count.value
  tariff_sunday_row:
    seq:
      - id: span
        type: u3
        doc: "span"
  contract_record:
    seq:
      - id: number
        type: u4
      - id: payload
        type: contract
        size: 82
      - id: mac
        size: 8
      - id: crc
        type: u2
  contract:
    seq:
      - id: daily_start
        type: u2
        doc: "min: 0 to 1439 of the wall clock: daily window; 65535 in both: none"
      - id: daily_end
        type: u2
        doc: "min: 0 to 1440"
      - id: weekend_start
        type: u2
        doc: "min: 0 to 1439: window of weekends and holidays; 65535 in both: none"
      - id: weekend_end
        type: u2
        doc: "min: 0 to 1440"
      - id: span_quarter
        type: u3
        doc: "quarter hours: since 1970 UTC: credit span; 16777215 in both: none"
      - id: span_second
        type: u2
        doc: "s: within that quarter hour"
      - id: span_end_quarter
        type: u3
        doc: "quarter hours: since 1970 UTC: the instant after its last second"
      - id: span_end_second
        type: u2
        doc: "s: within that quarter hour"
      - id: limit_ueur
        type: u5
        doc: "µEUR: of the emergency credit, 0: none"
      - id: threshold_ueur
        type: u5
        doc: "µEUR: balance from which on it may be switched on"
      - id: warn_days
        type: u1
        doc: "days: of forecast below which is warned, 0: never"
      - id: warn_ueur
        type: u5
        doc: "µEUR: balance below which is warned"
      - id: flags
        type: u1
        doc: "bits: 1: a reconnection is confirmed with a key; 2: open tokens may be typed in too"
      - id: tan_digits
        type: u1
        doc: "digits of a TAN, at most 20"
      - id: credit_days
        type: contract_credit_days
        doc: "days since 1970-01-01: local days of a calendar year; the meter refuses an eleventh"
      - id: billing_days
        type: contract_billing_days
        doc: "days since 1970-01-01: local days at whose midnight registers are kept; at most 10"
  contract_credit_days:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: contract_credit_days_row
        repeat: expr
        repeat-expr: count.value
  contract_credit_days_row:
    seq:
      - id: day
        type: u2
        doc: "day"
  contract_billing_days:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: contract_billing_days_row
        repeat: expr
        repeat-expr: count.value
  contract_billing_days_row:
    seq:
      - id: day
        type: u2
        doc: "day"
  order_record:
    seq:
      - id: number
        type: u4
      - id: payload
        type: order
        size: 34
      - id: mac
        size: 8
      - id: crc
        type: u2
  order:
    seq:
      - id: credit_number
        type: u4
        doc: "rises with each credit by card"
      - id: credit_total_ueur
        type: u5
        doc: "µEUR: all credit ever issued by card for this meter"
      - id: credit_ueur
        type: u5
        doc: "µEUR: the last of it, for display alone"
      - id: debt_number
        type: u4
        doc: "rises with each debt by card"
      - id: debt_total_ueur
        type: u5
        doc: "µEUR: all debt ever laid on this meter by card"
      - id: command_number
        type: u4
        doc: "rises with each command"
      - id: command
        type: u1
        doc: "0 none, 1 set mode, 2 set clock, 3 commission, 4 open tan, 5 correct clock, 6 charge from now"
      - id: mode
        type: u1
        doc: "0 CUSTOMER, 1 REFUND, 2 FREE, 3 LOCKED: for commands 1 and 3"
      - id: quarter
        type: u3
        doc: "quarter hours: since 1970 UTC: for commands 2, 5 and 6"
      - id: second
        type: u2
        doc: "s: within that quarter hour"
  acknowledgement_record:
    seq:
      - id: number
        type: u4
      - id: payload
        type: acknowledgement
        size: 50
      - id: mac
        size: 8
      - id: crc
        type: u2
  acknowledgement:
    seq:
      - id: outcome
        type: u1
        doc: "what became of this exchange, see below"
      - id: quarter
        type: u3
        doc: "quarter hours: since 1970 UTC: when"
      - id: second
        type: u2
        doc: "s: within that quarter hour"
      - id: credit_number
        type: u4
        doc: "newest credit that is booked"
      - id: debt_number
        type: u4
        doc: "newest debt that is booked"
      - id: command_number
        type: u4
        doc: "newest command that is done"
      - id: tariff
        type: u4
        doc: "newest tariff that was taken"
      - id: contract
        type: u4
        doc: "newest contract that was taken"
      - id: tan_number
        type: u4
        doc: "highest counter of a TAN that was used"
      - id: tan_used
        type: u1
        doc: "bits: bit i: the counter that lies i + 1 below it was used"
      - id: refunds_ueur
        type: u5
        doc: "µEUR: all that was ever given back by card"
      - id: balance_ueur
        type: s6
        doc: "µEUR: the balance, signed"
      - id: debt_ueur
        type: u5
        doc: "µEUR: the debt that remains"
      - id: supply
        type: u1
        doc: "bits: 1, 2 the mode; 4 on; 8 offered; 16 emergency credit active; 32 clock lost"
      - id: errors
        type: u2
        doc: "bits: the meter's error register, see below"
  report_record:
    seq:
      - id: number
        type: u4
      - id: len_payload
        type: u2
      - id: payload
        type: report
        size: len_payload
      - id: mac
        size: 8
      - id: crc
        type: u2
  report:
    seq:
      - id: energy_ht
        type: leb128
        doc: "pulses: HT energy since commissioning"
      - id: energy_nt
        type: leb128
        doc: "pulses: NT energy since commissioning"
      - id: ht
        type: leb128
        doc: "µEUR: charged since commissioning: ht"
      - id: nt
        type: leb128
        doc: "µEUR: charged since commissioning: nt"
      - id: power
        type: leb128
        doc: "µEUR: charged since commissioning: power"
      - id: base_electricity
        type: leb128
        doc: "µEUR: charged since commissioning: base, electricity"
      - id: base_gas
        type: leb128
        doc: "µEUR: charged since commissioning: base, gas"
      - id: base_water
        type: leb128
        doc: "µEUR: charged since commissioning: base, water"
      - id: debt_kwh
        type: leb128
        doc: "µEUR: charged since commissioning: debt, kwh"
      - id: debt_electricity
        type: leb128
        doc: "µEUR: charged since commissioning: debt, electricity"
      - id: debt_gas
        type: leb128
        doc: "µEUR: charged since commissioning: debt, gas"
      - id: debt_water
        type: leb128
        doc: "µEUR: charged since commissioning: debt, water"
      - id: topups
        type: leb128
        doc: "µEUR: top-ups since commissioning"
      - id: debt_added
        type: leb128
        doc: "µEUR: debt laid on the meter since commissioning"
      - id: disconnections
        type: leb128
        doc: "how often the supply was opened"
      - id: off_s
        type: leb128
        doc: "s: time disconnected while the meter had power"
      - id: maxima
        type: report_maxima
        doc: "rows: periods' highest quarter hours, newest first"
      - id: snapshots
        type: report_snapshots
        doc: "rows: registers at month starts, newest first"
      - id: count_power
        type: leb128
        doc: "starts: how often the power has returned, C.7.0 at the service port"
      - id: count_cover
        type: leb128
        doc: "events of the kind cover"
      - id: count_clock
        type: leb128
        doc: "events of the kind clock"
      - id: count_card
        type: leb128
        doc: "events of the kind card"
      - id: count_tan
        type: leb128
        doc: "events of the kind tan"
      - id: count_mode
        type: leb128
        doc: "events of the kind mode"
      - id: count_supply
        type: leb128
        doc: "events of the kind supply"
      - id: count_error
        type: leb128
        doc: "events of the kind error"
      - id: newest_day
        type: leb128
        doc: "days since 1970-01-01: local day of the first row below"
      - id: days
        type: report_days
        doc: "rows: consumption and cost, newest first, each the day before"
  report_maxima:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: report_maxima_row
        repeat: expr
        repeat-expr: count.value
  report_maxima_row:
    seq:
      - id: back
        type: leb128
        doc: "quarter hours from its end to that of the row above, the first to the acknowledgement's"
      - id: watt
        type: leb128
        doc: "its demand, rounded down"
  report_snapshots:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: report_snapshots_row
        repeat: expr
        repeat-expr: count.value
  report_snapshots_row:
    seq:
      - id: back_days
        type: leb128
        doc: "days from it to the row above, the first to (acknowledgement's quarter hour + 48) // 96"
      - id: ht_100wh
        type: leb128
        doc: "HT in 100 Wh, rounded down, less that of this snapshot; the first: of the present register"
      - id: nt_100wh
        type: leb128
        doc: "the same in NT"
      - id: charged_ct
        type: leb128
        doc: "cents charged from this snapshot to the one above, each register rounded down first"
  report_days:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: report_days_row
        repeat: expr
        repeat-expr: count.value
  report_days_row:
    seq:
      - id: energy_10wh
        type: leb128
        doc: "energy of the day in 10 Wh, rounded down"
      - id: cost_ct
        type: leb128
        doc: "cents charged on it, rounded down"
  u3:
    seq:
      - id: low
        type: u2
      - id: high
        type: u1
    instances:
      value:
        value: low + high * 65536
  u5:
    seq:
      - id: low
        type: u4
      - id: high
        type: u1
    instances:
      value:
        value: low + high * 4294967296
  s6:
    seq:
      - id: low
        type: u4
      - id: high
        type: s2
    instances:
      value:
        value: low + high * 4294967296
  leb128_group:
    seq:
      - id: bits
        type: b7
      - id: more
        type: b1
  leb128:
    doc: groups of seven bits, the lowest first
    seq:
      - id: groups
        type: leb128_group
        repeat: until
        repeat-until: not _.more or groups.size == 8
    instances:
      value:
        value: >-
          groups[0].bits
          + (groups.size > 1 ? groups[1].bits * 128 : 0)
          + (groups.size > 2 ? groups[2].bits * 16384 : 0)
          + (groups.size > 3 ? groups[3].bits * 2097152 : 0)
          + (groups.size > 4 ? groups[4].bits * 268435456 : 0)
          + (groups.size > 5 ? groups[5].bits * 34359738368 : 0)
          + (groups.size > 6 ? groups[6].bits * 4398046511104 : 0)
          + (groups.size > 7 ? groups[7].bits * 562949953421312 : 0)
  holiday:
    doc: the five integers of groschencard/holidays.py
    seq:
      - id: day
        type: b5
      - id: month
        type: b4
      - id: weekday
        type: b3
      - id: spare
        type: b1
      - id: bounded
        type: b1
      - id: form
        type: b2
        enum: holiday_form
      - id: first
        type: u1
        if: bounded or form == holiday_form::date
      - id: last
        type: u1
        if: bounded and form != holiday_form::date
    instances:
      kind:
        value: 'form == holiday_form::date ? 0 : form.to_i'
      a:
        value: >-
          form == holiday_form::easter ? day + (month & 7) * 32 - 128
          : (form == holiday_form::weekday_before ? weekday : month)
      b:
        value: >-
          form == holiday_form::easter ? 0
          : (form == holiday_form::weekday_before ? month * 100 + day : day)
      first_year:
        value: 'form == holiday_form::date or bounded ? 2000 + first : 2000'
      last_year:
        value: 'form == holiday_form::date ? 2000 + first : (bounded ? 2000 + last : 2099)'
    enums:
      holiday_form:
        0: fixed
        1: easter
        2: weekday_before
        3: date
  holidays:
    seq:
      - id: count
        type: leb128
      - id: rows
        type: holiday
        repeat: expr
        repeat-expr: count.value
