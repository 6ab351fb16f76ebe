# SPDX-License-Identifier: BSD-2-Clause
#
# Thin: every target is one command. `make` prints the list.

PYTHON  ?= python3
J       ?= 2

BIN    := .venv/bin
TLSRX  := $(BIN)/tlsrx
PYTEST := $(BIN)/python -m pytest
STAMP  := .venv/.tlsrx-setup
# The doctor also runs before there is a .venv.
PY     := $(or $(wildcard $(BIN)/python),$(PYTHON))

WAVES_ON := $(filter-out 0 no,$(WAVES))
TESTS    := $(if $(NIC),--nic $(NIC))
RUN      := $(if $(SIM),--sim $(SIM)) $(if $(SEED),--seed $(SEED)) $(if $(WAVES_ON),--waves)
WIDTH    := $(if $(DATAW),--data-w $(DATAW))
TO       := $(if $(OUT),--out $(OUT))

.DEFAULT_GOAL := help
.PHONY: help setup doctor demo test unit stateful block system testplan synth replay vectors bench bench-model \
        formal waves lint types fmt regs check-generated clean distclean

##@ start
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 } \
	  /^#: / { printf "  %s\n", substr($$0, 4) }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## .venv with pinned packages; as root also the distribution packages

$(STAMP): requirements.txt pyproject.toml tools/bootstrap.py tools/debs.py tools/machine.py
	@$(PYTHON) -m tools.bootstrap

doctor: ## what is installed, what is missing, how to get it
	@$(PY) -m tools.doctor

demo: $(STAMP) ## one TLS stream with loss through the engine, driver and kernel
	@$(TLSRX) demo $(RUN) $(WIDTH) $(TO)

##@ test
test: $(STAMP) ## everything: lint, then all tests on both simulators
	@failed=0; $(TLSRX) lint || failed=1; \
	$(PYTEST) tests -n $(J) --dist worksteal $(RUN) $(TESTS) || failed=1; exit $$failed

unit: $(STAMP) ## tests without a simulator; under a minute
	@$(PYTEST) tests/unit tests/stateful -n $(J) $(RUN)

stateful: $(STAMP) ## models against naive references, longer: N=5000 programs, SEED, K=tracker
	@TLSRX_EXAMPLES=$(N) $(PYTEST) tests/stateful -k "$(or $(K),machine)" $(RUN)

block: $(STAMP) ## tests of single modules; B=gcm_core picks one
	@$(PYTEST) tests/block$(if $(B),/$(B)) $(RUN)

system: $(STAMP) ## tests of the whole loop; K=resync picks by name
	@$(PYTEST) tests/system $(if $(K),-k "$(K)") $(RUN) $(TESTS)

testplan: $(STAMP) ## scenarios and the tests that show them; S=42 runs those of one
	@$(TLSRX) testplan $(S) $(if $(JSON),--json) $(if $(S),-- $(RUN) $(TESTS))

lint: $(STAMP) ## ruff, mypy, both simulators on each module, text and generated files
	@$(TLSRX) lint

##@ use
replay: $(STAMP) ## captures through the engine: CAPTURE="file..." [KEYLOG="file..."]
	@$(TLSRX) replay $(CAPTURE) $(KEYLOG:%=--keylog %) $(if $(SIM),--sim $(SIM)) $(if $(WAVES_ON),--waves) $(WIDTH) $(TO)

vectors: $(STAMP) ## test vectors through the engine: FILE=f.json (none: the built-in sets)
	@$(TLSRX) vectors $(FILE) $(if $(SIM),--sim $(SIM)) $(WIDTH) $(if $(JSON),--json $(JSON))

bench: $(STAMP) ## efficiency, latency and simulation speed; QUICK=1 for a first look
	@$(TLSRX) bench $(if $(QUICK),--quick) $(WIDTH) $(if $(SEED),--seed $(SEED)) $(TO)

bench-model: $(STAMP) ## packets a second of the models alone; QUICK=1 for a first look
	@$(TLSRX) bench-model $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED)) $(TO)

formal: $(STAMP) .venv/.tlsrx-formal ## formal proofs on the RTL; K="sync_fifo_2 ..." picks some
	@$(TLSRX) formal $(K)

# Yosys and a solver are large, so `make setup` leaves them out.
.venv/.tlsrx-formal: pyproject.toml | $(STAMP)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation -e '.[formal]'
	@touch $@

waves: $(STAMP) ## show the waves of a run: RUN_DIR=out/... (default: the newest)
	@$(TLSRX) waves $(RUN_DIR)

synth: $(STAMP) .venv/.tlsrx-synth ## area, logic levels, a clock; TOP=gcm_core: levels of one module
	@$(TLSRX) synth $(WIDTH) $(if $(TOP),--top $(TOP))

.venv/.tlsrx-synth: pyproject.toml | $(STAMP)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation -e '.[synth]'
	@touch $@

##@ develop
types: $(STAMP) ## mypy
	@$(BIN)/mypy

fmt: $(STAMP) ## format the Python sources
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

regs: $(STAMP) ## generate what comes from the register description
	@$(TLSRX) regs

check-generated: $(STAMP) ## fail if a generated file is not up to date
	@$(TLSRX) regs --check

clean: ## remove builds, results and caches
	rm -rf build out .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## also remove .venv
	rm -rf .venv *.egg-info

##@ variables
#: NIC=model|rtl          golden NIC without a simulator, or the engine (tests: both if not given)
#: SIM=icarus|verilator   simulator (tests: both if not given)
#: SEED=n                 seed of the run (1)
#: WAVES=1                write waves (FST; VCD where the headers are missing)
#: DATAW=128|256|512      width of the data bus in bits (demo, replay, bench)
#: FILE=f.json JSON=f      rows of make vectors, and where the result of each goes
#: QUICK=1                short windows, one round (bench)
#: CAPTURE=f KEYLOG=f     capture and NSS key log for replay
#: OUT=folder             where the run's files go (a folder below out/)
#: N=n                    programs a machine of make stateful (default: as in make unit)
#: J=n                    parallel test processes of make test and make unit (2)
