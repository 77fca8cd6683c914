# SPDX-License-Identifier: Apache-2.0
"""What passes between host and meter, the same on both sides."""
