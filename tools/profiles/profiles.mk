# SPDX-License-Identifier: Apache-2.0
# The standard load profiles: made once from demandlib's BDEW tables, in an environment of their own.

PROFILES_VENV := .venv-profiles
PROFILES_RUN := PYTHONPATH=simulator:firmware:cardformat $(PROFILES_VENV)/bin/python tools/profiles/make_profiles.py

$(PROFILES_VENV)/.done: tools/profiles/requirements.lock | $(READY)
	$(PYTHON) -m venv $(PROFILES_VENV)
	@$(PROFILES_VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r $<
	@touch $@

.PHONY: profiles profiles-check profiles-lock

profiles: $(PROFILES_VENV)/.done ## make the table of the standard load profiles anew
	@$(PROFILES_RUN)

profiles-check: $(PROFILES_VENV)/.done ## compare that table, and a year of every profile, with demandlib
	@$(PROFILES_RUN) --check

profiles-lock: $(READY) ## lock the versions of the profiles' environment
	@cd tools/profiles && CUSTOM_COMPILE_COMMAND="make profiles-lock" ../../$(BIN)/pip-compile --quiet --generate-hashes \
	  --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements.lock requirements.in
