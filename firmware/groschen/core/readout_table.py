# SPDX-License-Identifier: Apache-2.0
"""The values of the readout, in its order: code, where the value comes from, unit. docs/service-port.md explains them.

A number is a register's in a snapshot; what begins with a dot is the readout's own, anything else the state's. One
string, since the meter has to hold it: it costs a byte a character. `groschencard.obis` is made from it.
"""

TABLE = """
F.F .faults
C.1.0 .serial
C.1.1 life
0.0.0 .utility
0.2.0 .version
0.3.0 meter.imp imp/kWh
0.9.1 .time
0.9.2 .date
0.9.4 .now
0.1.0 meter.snapshots.months.appended
0.1.2 .reset
C.7.0 starts.count
C.7.1 .waits s
C.2.0 meter.edition
C.14 .tariff
1.8.0 .energy kWh
1.8.1 0 kWh
1.8.2 1 kWh
1.4.0 meter.demand.pulses kW
1.5.0 .last kW
1.6.0 .maximum kW
0-0:96.3.10*255 .connected
0-0:19.10.0*255 16 EUR
0-0:19.10.1*255 .emergency EUR
0-0:19.20.0*255 2 EUR
0-0:19.20.1*255 3 EUR
0-0:19.20.2*255 4 EUR
0-0:19.20.3*255 5 EUR
0-0:19.20.4*255 6 EUR
0-0:19.20.5*255 7 EUR
0-0:19.20.6*255 8 EUR
0-0:19.20.7*255 9 EUR
0-0:19.20.8*255 10 EUR
0-0:19.20.9*255 11 EUR
0-0:19.20.10*255 15 EUR
C.50.0 meter.supply.mode
C.50.1 meter.supply.cause
C.50.2 meter.supply.offered
C.50.3 meter.supply.emergency
C.50.4 meter.supply.disconnections
C.50.5 meter.supply.off_s s
C.50.6 meter.supply.activations
C.50.7 meter.clock_lost
C.51.0 12 EUR
C.51.1 13 EUR
C.51.2 14 EUR
C.52.0 cards.credit_number
C.52.1 tan.highest
C.52.2 cards.debt_number
C.52.3 cards.command
C.52.4 cards.contract
C.53.0 meter.tariff.version
C.53.1 meter.pending.version
C.53.2 meter.tariff.ht EUR/kWh
C.53.3 meter.tariff.nt EUR/kWh
C.55.0 port.wrong
C.55.1 tan.tries.appended
C.55.2 port.reaction ms
"""

PAST = ".reset .energy .maximum"
"""What a snapshot has beside registers."""

HISTORY = "0.1.2 1.8.0 1.8.1 1.8.2 1.6.0 0-0:19.10.0"
"""The codes that the readout says of each of the last twelve month starts.

`*NN` stands behind, the last digits of 0.1.0 then. It can be asked for of every code that a snapshot holds: the
energies, and all amounts but 19.10.1 and prices.
"""
