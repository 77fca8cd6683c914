# SPDX-License-Identifier: Apache-2.0
"""Drivers, one chip a file: each takes a bus or a pin and never creates one."""
