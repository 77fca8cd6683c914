# SPDX-License-Identifier: Apache-2.0
"""The service port, from the technician's side: IEC 62056-21 mode C over a serial line."""
