# SPDX-License-Identifier: Apache-2.0
"""One chip or circuit a file; each takes its pins or bus and never creates them."""
