# SPDX-License-Identifier: Apache-2.0
"""What people get to see of a run: the summary, the picture and the trace."""
