# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyarrow ships no types.
"""The trace as Parquet: quarter hours with proper types, instants in UTC."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

FLAGS = ("supply_on", "protected", "emergency")


def _type(name: str) -> Any:
    if name == "start":
        return pa.timestamp("s", tz="UTC")
    if name in FLAGS:
        return pa.bool_()
    return pa.string() if name == "mode" else pa.int64()


def write_parquet(trace: Path, path: Path) -> None:
    """Write the rows of a trace in CSV as Parquet."""
    with trace.open(encoding="ascii") as file:
        names = file.readline().strip().split(",")
    options = pyarrow.csv.ConvertOptions(
        column_types={name: _type(name) for name in names}, true_values=["1"], false_values=["0"]
    )
    table = pyarrow.csv.read_csv(trace, convert_options=options)
    pyarrow.parquet.write_table(table, path, compression="zstd")
