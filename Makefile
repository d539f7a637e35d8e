# make run: a clone becomes a trained, evaluated, tracked encoder.  make test: the whole check.
# make bench: Headway beside its peers, half an hour to an hour on a quiet machine -> benchmarks/results.md
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
# The stages are run by whatever `python` comes first.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run test types tests quick check torture bench manual sample lock clean

run: .venv/installed
	@touch .venv/begun
	dvc repro
	@test .headway/seconds.json -nt .venv/begun || headway results

test: .venv/checked
	ruff check .
	ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 types tests

# Side by side: mypy has work for one core. The import contracts are a test.
types: .venv/checked
	mypy

# One more than two cores: tests wait for a disk, a server, another process. Four take as long.
tests: .venv/checked
	pytest -n 3 --dist worksteal

check: test

# The unit tests of what differs from main; it says what it left out.
quick: .venv/checked
	ruff check .
	pytest --quick

# Kill `dvc repro -f` at a hundred places drawn at random, in two projects side by side; each must end
# as one that was never killed.
torture: .venv/checked
	HEADWAY_KILLS=100 pytest -s tests/test_killed.py -k anywhere

bench: .venv/installed benchmarks/peers/installed
	dvc repro --quiet
	python -m benchmarks benchmarks/peers/bin/python

# A sentence on each parameter, from pipeline/params/.
manual: .venv/installed
	python -m pipeline.params.manual > docs/parameters.md

# The two pages of docs/, of sentences that stand in params.yaml: of a run that watches none of the
# treebank's. The second page is of that run.
sample: .venv/installed
	dvc exp run --temp --force --name sample --set-param train.watched.from_validation=0
	dvc get . data/evidence/heads.html --rev sample --force --out docs/heads.html
	headway trace "The cat sat on the mat" --run latest --word 3 --html docs/trace.html

# What a program imports is compiled by the first that does; pip would compile three times as much.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile
unexport PYTHONDONTWRITEBYTECODE
# The locks name all that is needed where they were made, which is quicker than to ask every package
# what it needs; a torch for GPUs needs more.
MORE = $(BIN)/python -m pip check >/dev/null || $(INSTALL) --requirement
.venv/made: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Headway needs Python 3.11 or newer, found {sys.version.split()[0]}: make PYTHON=/path/to/python3.11 run")'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made
	$(INSTALL) --no-deps --requirement requirements.lock
	$(INSTALL) --no-deps --editable .
	@$(MORE) requirements.lock
	@touch $@

# Beside the other, with `make --jobs 2`: no package is in both locks.
.venv/for-tests: .venv/made tests/requirements.lock benchmarks/requirements.lock
	$(INSTALL) --no-deps --requirement tests/requirements.lock
	@rm -rf .venv/oracle
	$(INSTALL) --no-deps --target .venv/oracle --constraint benchmarks/requirements.lock transformers regex
	@touch $@

.venv/checked: .venv/installed .venv/for-tests
	@$(MORE) tests/requirements.lock
	@touch $@

# The peers have an environment of their own: with transformers beside it, Lightning loads in seconds more.
benchmarks/peers/installed: requirements.lock benchmarks/requirements.lock
	$(PYTHON) -m venv benchmarks/peers
	benchmarks/peers/bin/python -m pip install --quiet --requirement requirements.lock --requirement benchmarks/requirements.lock
	benchmarks/peers/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

# Newer versions of everything within the ranges of pyproject.toml. torch is named here because its
# newest release may be built for another CUDA than the machine has; a local build's suffix goes.
TORCH ?= torch==2.13.0
COMPILE = $(BIN)/pip-compile --quiet --upgrade --strip-extras --no-header --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --constraint .venv/torch.txt
lock: .venv/checked
	$(BIN)/python -m pip install --quiet pip-tools
	@echo '$(TORCH)' > .venv/torch.txt
	$(COMPILE) --output-file .venv/run.lock pyproject.toml
	$(COMPILE) --extra dev --constraint .venv/run.lock --output-file .venv/test.lock pyproject.toml
	$(COMPILE) --extra bench --constraint .venv/run.lock --output-file .venv/bench.lock pyproject.toml
	sed -e 's/+cpu//' -e '/^ *#/d' .venv/run.lock > requirements.lock
	sed -e 's/+cpu//' -e '/^ *#/d' .venv/test.lock | grep -vxFf requirements.lock > tests/requirements.lock
	sed -e 's/+cpu//' -e '/^ *#/d' .venv/bench.lock | grep -vxFf requirements.lock > benchmarks/requirements.lock

clean:
	rm -rf .venv benchmarks/peers
