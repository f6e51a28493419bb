# Set-up once, then the pipeline, the tests and the UI. `make` alone runs the pipeline.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Nothing here talks to anybody but the package index.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.PHONY: repro test test-server test-kills test-long ui lint bench lock

# Two datasets at a time, since a stage keeps one processor busy; their lines begin with the dataset's name.
repro: $(READY)
	@datasets=$$(python src/check.py) && echo "$$datasets" | xargs -P 2 -I{} bash -o pipefail -c \
		'dvc --wait-for-lock repro pipeline/dvc.yaml:evaluate@{} 2>&1 | sed -u "s/^/{}: /"'
	dvc repro

test: $(READY)
	python -m pytest --numprocesses 2 --dist loadfile

# What wants PostgreSQL as well: Debian's package `postgresql`.
test-server: $(READY)
	python -m pytest -m server

# Kills `dvc repro` at random moments, a minute or two for each, and compares what the next one ends with.
KILLS ?= 100
test-kills: $(READY)
	python -m pytest -m long tests/test_kills.py --kills $(KILLS) --capture no

# Thousands of broken files; settings that may decide the last digit; full disks, which want the right to mount one.
test-long: $(READY)
	python -m pytest tests/test_fuzz.py --hypothesis-profile many
	python -m pytest -m long tests/test_settings.py tests/test_full_disk.py

# With the curves of trainings that go on: `cellbench mirror` brings them there.
ui: export MLFLOW_TRACKING_URI :=
ui: $(READY)
	-python src/publish.py
	cellbench mirror & trap "kill $$! 2> /dev/null" EXIT INT TERM; MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --workers 1 --backend-store-uri sqlite:///$(CURDIR)/mlflow.db

lint: $(READY)
	ruff format --check .
	ruff check .
	mypy

# Against the notebook's own code, which has an environment of its own.
bench: $(READY) .venv-keras/ready
	python benchmarks/bench.py

.venv-keras/ready: benchmarks/keras-requirements.txt
	$(PYTHON) -m venv --clear .venv-keras
	.venv-keras/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Renew the pins after a change of pyproject.toml.
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		print(*p["dependencies"], *p["optional-dependencies"]["dev"], sep="\n")' > .venv-lock/requirements.in
	.venv-lock/bin/python -m pip install --quiet -r .venv-lock/requirements.in
	.venv-lock/bin/python -m pip freeze --all --exclude pip | sed 's/+cpu$$//' > requirements.lock
	rm -rf .venv-lock
