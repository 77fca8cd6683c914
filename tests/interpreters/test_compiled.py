# SPDX-License-Identifier: Apache-2.0
"""The core's own files compile with a .pxd beside them, and what comes out passes the portable tests."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from interpreters import PORTABLE, ROOT, absent, start

PXD = Path(__file__).parent / "pxd"
RUN = PORTABLE / "run.py"


def compiler() -> str:
    """Return the C compiler, where it and Python's headers are here."""
    found = shutil.which("gcc") or shutil.which("cc") or absent("no C compiler: Debian's gcc")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        absent("no headers of Python: Debian's python3-dev")
    return found


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source root of a core compiled with 64-bit integers that report their overflow."""
    cc = compiler()
    root = tmp_path_factory.mktemp("compiled")
    core = root / "groschen" / "core"
    skipped = shutil.ignore_patterns("ports.py", "__pycache__")  # for type checkers alone
    shutil.copytree(ROOT / "firmware" / "groschen" / "core", core, ignore=skipped)
    shutil.copy(ROOT / "firmware" / "groschen" / "__init__.py", root / "groschen")
    for interpreted in ("drivers", "slots"):
        shutil.copytree(ROOT / "firmware" / "groschen" / interpreted, root / "groschen" / interpreted)
    for declarations in PXD.glob("*.pxd"):
        shutil.copy(declarations, core)
    directives = ["-X", "annotation_typing=False", "-X", "overflowcheck=True"]
    modules = sorted(path for path in core.glob("*.py") if path.name != "__init__.py")
    subprocess.run(
        [sys.executable, "-m", "Cython.Build.Cythonize", "-q", "-i", "-3", "-j2", *directives, *modules],
        check=True,
        cwd=root,
        env={**os.environ, "CC": cc, "CFLAGS": "-O0"},  # built fast, not to be fast
        timeout=280,
    )
    for source in modules:
        source.unlink()  # nothing but the compiled modules can be imported
    return root


def test_the_same_as_the_interpreted_core(compiled: Path) -> None:
    roots = [ROOT / "cardformat", ROOT / "simulator", PORTABLE]
    want = start([sys.executable, RUN, "--within-limits"], [ROOT / "firmware", *roots])
    done = start([sys.executable, RUN, "--within-limits"], [compiled, *roots])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == want.stdout
    assert int(want.stdout.splitlines()[-1].split()[0]) > 50


def test_beyond_all_limits_it_raises_and_is_never_wrong(compiled: Path) -> None:
    done = start([sys.executable, RUN], [compiled, ROOT / "cardformat", ROOT / "simulator", PORTABLE])
    failed = [line for line in done.stdout.splitlines() if line.endswith("FAILED")]
    errors = [line for line in done.stderr.splitlines() if "Error" in line and not line.startswith(" ")]
    assert failed
    assert all(" test_beyond_" in line for line in failed), failed
    assert len(errors) == len(failed)
    assert all(line.startswith("OverflowError") for line in errors), errors
