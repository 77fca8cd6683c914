# SPDX-License-Identifier: Apache-2.0
# Everything a person or a machine does with this project. `make` alone lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

PACKAGES := firmware/groschen host/groschenhost simulator/groschensim cardformat/groschencard
# The boards' stubs take the place of the standard library's, so each board is checked in a run of its own.
BOARDS   := pico:rp2 esp32:esp32
WORKERS  ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: help
help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

# ---- setting up

.PHONY: setup
setup: $(READY) ## make .venv from the locks (PYTHON=... names another interpreter)

$(READY): requirements.lock pyproject.toml tools/setup.sh tests/portable/package-lock.json tests/service_port/package-lock.json $(wildcard tools/stubs/*.lock)
	@PYTHON="$(PYTHON)" bash tools/setup.sh
	@touch $@

.PHONY: lock
lock: $(READY) ## resolve the dependencies anew and write the lock files
	@bash tools/lock.sh

# ---- using

.PHONY: demo
demo: $(READY) ## a household's year with its picture; a card from the cash desk to the meter and back; a board that is flashed and read
	@mkdir -p demo
	@$(BIN)/groschen sim run simulator/scenarios/household.toml --plot demo/household.svg
	@echo "demo/household.svg"
	@bash tools/demo.sh demo/cards

# ---- checking

# Each phase says how long it took. The checks go on after a failure, so that one run shows all; pytest's closing line
# is the last.
PHASE := @bash tools/phase.sh
.PHONY: test
test: ## set up, then every check and every test
	$(PHASE) setup $(MAKE) --no-print-directory setup
	$(PHASE) check $(MAKE) --no-print-directory --keep-going --output-sync=target -j$(WORKERS) check
	$(PHASE) profiles $(MAKE) --no-print-directory profiles-check
	@$(MAKE) --no-print-directory pytest

.PHONY: pytest
pytest: $(READY) ## the tests alone (ARGS=... goes to pytest)
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

.PHONY: check
check: lint messages-check picture-check panel-picture-check screens-check image-check spec-check card-vectors-check tan-check obis-check house types arrows size ## every check that is no test

.PHONY: lint
lint: $(READY) ## ruff: rules and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: format
format: $(READY) ## let ruff format and mend what it can
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

.PHONY: house
house: $(READY) ## licence lines; no registry's address and no path of one machine in any file
	@$(BIN)/python tools/check_house.py

.PHONY: types
types: types-mypy types-pyright types-boards ## mypy and basedpyright, strict, boards with their own stubs

.PHONY: types-mypy
types-mypy: $(READY) ## mypy: strict on packages and tools, plain on tests
	@$(BIN)/mypy --strict $(PACKAGES) tools
	@$(BIN)/mypy tests

.PHONY: types-pyright
types-pyright: $(READY) ## basedpyright: strict on packages and tools, basic on tests
	@$(BIN)/basedpyright
	@$(BIN)/basedpyright --project tests/pyrightconfig.json

.PHONY: types-boards
types-boards: $(READY) ## both checkers on boards and drivers, against the stubs of each board
	@bash tools/types_boards.sh $(BOARDS)

# Without a cache: that goes by the second in which a file was changed.
.PHONY: arrows
arrows: $(READY) ## import-linter: who may import whom
	@$(BIN)/lint-imports --no-logo --no-cache
	@bash tools/arrows_machine.sh

.PHONY: soak
soak: $(READY) ## at length: reference meter, every power cut, every torn card, a million TANs and thieves (GROSCHEN_EXAMPLES=5000)
	@$(BIN)/python -m pytest tests/simulator/test_against_reference.py tests/power_fail tests/cards tests/tan -n $(WORKERS) --timeout=0 --hypothesis-profile=soak $(ARGS)
	@GROSCHEN_MAINS_HOURS=24 $(BIN)/python -m pytest tests/boards/test_mains.py -n $(WORKERS) --timeout=0 $(ARGS)
	@GROSCHEN_WEEKS=12 $(BIN)/python -m pytest tests/device -n $(WORKERS) --timeout=0 $(ARGS)
	@GROSCHEN_CHIP_WEEK=1 GROSCHEN_STARTS=12 $(BIN)/python -m pytest tests/device/test_chip.py --board rp2040py -n $(WORKERS) --timeout=0 $(ARGS)
	@$(BIN)/python -m tests.tan.histories --histories 1000000 --real 10000 --workers $(WORKERS)
	@$(BIN)/python -m tests.tan.thief --years 1000000 --workers $(WORKERS)
	@$(BIN)/python -m tests.tan.thief --years 200 --real --workers $(WORKERS)
	@for digits in 6 8 10; do $(BIN)/python -m tests.tan.thief --years 20100 --others 49 --digits $$digits --workers $(WORKERS); done

.PHONY: fuzz
fuzz: $(READY) ## a million broken cards into the decoder with atheris, as many lines into the port; fewer on MicroPython
	@$(BIN)/python tools/fuzz_card.py --runs 1000000
	@$(BIN)/python tools/fuzz_card.py --runs 100000 --on micropython
	@$(BIN)/python tools/fuzz_port.py --lines 1000000
	@$(BIN)/python tools/fuzz_port.py --lines 100000 --on micropython

.PHONY: portable
portable: $(READY) ## tests/portable on CPython and on both MicroPythons
	@$(BIN)/python -m pytest tests/portable tests/interpreters/test_portable.py $(ARGS)

.PHONY: size
size: $(READY) ## bytes of each firmware module, compiled for the Pico; the core's limit
	@$(BIN)/python tools/size.py

.PHONY: bench
bench: $(READY) ## the figures to reach
	@$(BIN)/python tools/bench.py
	@$(BIN)/python tools/bench_cards.py
	@$(BIN)/python tools/bench_tan.py

.PHONY: chip-times
chip-times: $(READY) ## the first seconds and the heap on an emulated RP2040 with the image that METER_UF2 names
	@$(BIN)/python -m tests.device.chip_times $(ARGS) "$${METER_UF2:?names no image of MicroPython for the board RPI_PICO}"

# ---- generated files, each with its check

include tools/profiles/profiles.mk

.PHONY: messages
messages: $(READY) ## compile the German words of the option parser
	@$(BIN)/python tools/messages.py

.PHONY: messages-check
messages-check: $(READY) ## are they up to date?
	@$(BIN)/python tools/messages.py --check

.PHONY: picture
picture: $(READY) ## play the household's year for the README's picture
	@$(BIN)/groschen sim run --quiet simulator/scenarios/household.toml --plot docs/household.svg >/dev/null

.PHONY: picture-check
picture-check: $(READY) ## is the README's picture what a run draws?
	@mkdir -p build
	@$(BIN)/groschen sim run --quiet simulator/scenarios/household.toml --plot build/household.svg >/dev/null
	@cmp docs/household.svg build/household.svg && echo "docs/household.svg: up to date"

.PHONY: screens
screens: $(READY) ## draw every screen of the display into tests/screens and docs/screens.svg
	@$(BIN)/python tools/texts.py
	@$(BIN)/python tools/screens.py

.PHONY: screens-check
screens-check: $(READY) ## are they what the firmware draws?
	@$(BIN)/python tools/texts.py --check
	@$(BIN)/python tools/screens.py --check

.PHONY: panel-picture
panel-picture: $(READY) ## draw the front panel for the README
	@$(BIN)/python tools/panel_picture.py

.PHONY: panel-picture-check
panel-picture-check: $(READY) ## is the README's picture what the panel draws?
	@$(BIN)/python tools/panel_picture.py --check

.PHONY: image
image: $(READY) ## write the memory's image of layout 4 into tests/vectors
	@$(BIN)/python tools/nvm_image.py

.PHONY: image-check
image-check: $(READY) ## would the firmware write the same image?
	@$(BIN)/python tools/nvm_image.py --check

.PHONY: spec
spec: $(READY) ## write the card's tables into cardformat/SPEC.md, and groschen.ksy
	@$(BIN)/python tools/card_spec.py
	@$(BIN)/python tools/card_ksy.py

.PHONY: spec-check
spec-check: $(READY) ## are they those of the table?
	@$(BIN)/python tools/card_spec.py --check
	@$(BIN)/python tools/card_ksy.py --check

.PHONY: card-vectors
card-vectors: $(READY) ## write tests/vectors/card-*.json
	@$(BIN)/python tools/card_vectors.py

.PHONY: card-vectors-check
card-vectors-check: $(READY) ## are they those of the specification?
	@$(BIN)/python tools/card_vectors.py --check

.PHONY: tan
tan: $(READY) ## write tests/vectors/tan.json
	@$(BIN)/python tools/tan_vectors.py

.PHONY: tan-check
tan-check: $(READY) ## is it that of the specification?
	@$(BIN)/python tools/tan_vectors.py --check

.PHONY: obis
obis: $(READY) ## write groschencard/obis.py from the meter's table of codes
	@$(BIN)/python tools/obis_codes.py

.PHONY: obis-check
obis-check: $(READY) ## is it that of the table?
	@$(BIN)/python tools/obis_codes.py --check

.PHONY: clean
clean: ## remove what was made, the environment too
	@rm -rf .venv .venv-* build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -rf tests/portable/node_modules tests/service_port/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
