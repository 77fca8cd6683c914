# SPDX-License-Identifier: Apache-2.0
"""The OBIS codes of the service port and their units, in the order of the readout; docs/service-port.md explains them.

Written by tools/obis_codes.py from the meter's table; for who reads a meter. A line a code, its unit behind a blank.
"""

TABLE = """\
F.F
C.1.0
C.1.1
0.0.0
0.2.0
0.3.0 imp/kWh
0.9.1
0.9.2
0.9.4
0.1.0
0.1.2
C.7.0
C.7.1 s
C.2.0
C.14
1.8.0 kWh
1.8.1 kWh
1.8.2 kWh
1.4.0 kW
1.5.0 kW
1.6.0 kW
0-0:96.3.10*255
0-0:19.10.0*255 EUR
0-0:19.10.1*255 EUR
0-0:19.20.0*255 EUR
0-0:19.20.1*255 EUR
0-0:19.20.2*255 EUR
0-0:19.20.3*255 EUR
0-0:19.20.4*255 EUR
0-0:19.20.5*255 EUR
0-0:19.20.6*255 EUR
0-0:19.20.7*255 EUR
0-0:19.20.8*255 EUR
0-0:19.20.9*255 EUR
0-0:19.20.10*255 EUR
C.50.0
C.50.1
C.50.2
C.50.3
C.50.4
C.50.5 s
C.50.6
C.50.7
C.51.0 EUR
C.51.1 EUR
C.51.2 EUR
C.52.0
C.52.1
C.52.2
C.52.3
C.52.4
C.53.0
C.53.1
C.53.2 EUR/kWh
C.53.3 EUR/kWh
C.55.0
C.55.1
C.55.2 ms"""

HISTORY = "0.1.2 1.8.0 1.8.1 1.8.2 1.6.0 0-0:19.10.0"
"""What the readout says of each of the last twelve month starts; `*NN` stands behind, the last digits of 0.1.0 then."""
