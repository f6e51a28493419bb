# Set-up once, then the pipeline, the tests and the UI. `make` alone runs the pipeline.
PYTHON ?= python3
# The set-up is of this folder: scripts in .venv begin with its path. After the folder has moved, it is done again.
HERE := $(shell pwd)
READY := .venv/ready
# Of pip: its progress on a terminal, not in a log.
QUIET := $(shell [ -t 2 ] || echo --quiet)
SET_UP := $(if $(findstring $(HERE),$(shell cat $(READY) 2>/dev/null)),,set-up-again)
export PATH := $(HERE)/.venv/bin:$(PATH)
# Nothing here connects to anything but the package index.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.PHONY: repro test test-server test-ray test-kills test-long verify ui lint bench evidence competitions lock set-up-again

# Stages of a kind run two at a time, since each keeps one processor busy; `dvc repro` then runs what is left. What stages
# say, and all errors, is on standard error; standard output has a line of DVC's own for each stage, run or not.
repro: $(READY)
	@python src/check.py
	@stages=$$(dvc stage list --name-only) && for kind in prepare tune train evaluate; do echo "$$stages" | \
		grep "^$$kind@" | xargs -P 2 -n 2 dvc --wait-for-lock repro --single-item > /dev/null || exit 1; done
	@dvc repro > /dev/null
	@echo "reports/comparison.md has the results, \`make ui\` shows the runs"

test: $(READY)
	python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

# With PostgreSQL: Debian's package `postgresql`.
test-server: $(READY)
	python -m pytest -m server

# On a Ray cluster of three nodes on this machine.
test-ray: $(READY)
	python -m pytest -m ray

# Kills `dvc repro` at random moments, one or two minutes per kill, and compares what the next one gives.
KILLS ?= 100
test-kills: $(READY)
	python -m pytest -m long tests/test_kills.py --kills $(KILLS) --capture no

# Thousands of broken files; full disks, for which one must be allowed to mount one.
test-long: $(READY)
	python -m pytest tests/test_fuzz.py tests/test_fuzz_csv.py --hypothesis-profile many
	python -m pytest -m long tests/test_full_disk.py

# Are the committed results what the last commit gives? In a clone, without DVC's cache.
verify: $(READY)
	rm -rf .verify && git clone --quiet . .verify
	cd .verify && dvc repro --force --no-run-cache && git diff --exit-code -- dvc.lock reports
	rm -rf .verify

# Shows running trainings, too. Ctrl-C ends it.
PORT ?= 5000
ui: $(READY)
	@cellbench ui --port $(PORT)

lint: $(READY)
	ruff format --check .
	ruff check .
	mypy

# Against the notebook's own code and neuralforecast, which have environments of their own.
bench: $(READY) .venv-keras/ready .venv-neuralforecast/ready
	python benchmarks/bench.py
	python benchmarks/many_series.py

# How often the tests of the report err: writes docs/evidence_rates.md, in about ten minutes.
evidence: $(READY)
	python benchmarks/evidence.py 1000

# The published tables as the yardstick: the same stages with other parameters, in a clone that is kept.
competitions: $(READY)
	[ -d .competitions ] || git clone --quiet . .competitions
	cd .competitions && git fetch --quiet origin HEAD && git reset --quiet --hard FETCH_HEAD
	cp studies/competitions/params.yaml studies/competitions/dvc.lock .competitions
	cd .competitions && python src/check.py && dvc repro
	cd .competitions && cp dvc.lock reports/answer.md ../studies/competitions
	cd .competitions && python studies/competitions/collect.py ../studies/competitions

.venv-%/ready: benchmarks/%-requirements.txt
	$(PYTHON) -m venv --clear .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(READY): requirements.lock $(SET_UP)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	@echo "installing $$(grep -c == requirements.lock) packages into .venv, once: a few minutes"
	.venv/bin/python -m pip install $(QUIET) --disable-pip-version-check -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@pwd > $@

# Renew the pins after a change of pyproject.toml.
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		print(*p["dependencies"], *p["optional-dependencies"]["dev"], sep="\n")' > .venv-lock/requirements.in
	.venv-lock/bin/python -m pip install --quiet -r .venv-lock/requirements.in
	.venv-lock/bin/python -m pip freeze --all --exclude pip | sed 's/+cpu$$//' > requirements.lock
	rm -rf .venv-lock
