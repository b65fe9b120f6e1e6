# `make chat` serves the chat, `make test` runs the tests; both set up .venv with pinned versions first.
# The tests run in two processes, each file in one of them; make test ARGS="-n 0 -x --pdb" runs them in one.

PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check
SET_UP = .venv/.set-up

.PHONY: chat test check

chat: $(SET_UP)
	.venv/bin/quotewise chat $(ARGS)

test: $(SET_UP)
	.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(SET_UP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

$(SET_UP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Quotewise needs Python 3.11 or newer; make PYTHON=python3.11 names one.") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
