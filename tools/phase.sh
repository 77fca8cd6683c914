#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command and says on standard error how long it took: phase.sh NAME COMMAND...
set -uo pipefail
name=$1
shift
printf '== %s\n' "$name" >&2
started=$SECONDS
"$@"
status=$?
printf '== %s: %d s, exit status %d\n' "$name" "$((SECONDS - started))" "$status" >&2
exit "$status"
