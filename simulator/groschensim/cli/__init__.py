# SPDX-License-Identifier: Apache-2.0
"""The command `groschen sim`: plays scenarios, checks them, shows a meter's memory, and puts cards into saved meters.

Exit status: 0 done, 1 an error (the run or the writing of a file failed), 2 a wrong call (also a file that cannot be
where it is to go) or a bad scenario, 130 interrupted, 143 terminated (SIGTERM). Data goes to standard output, messages
to standard error. Nothing heavy is imported before it is needed.
"""

from groschensim.cli.app import app

# The help lists the commands in the order in which they come here.
# isort: split
from groschensim.cli import scenarios

# isort: split
from groschensim.cli import meters

# isort: split
from groschensim.cli import memory

__all__ = ["app", "memory", "meters", "scenarios"]
