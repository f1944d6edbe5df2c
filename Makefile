# SPDX-License-Identifier: Apache-2.0
# The doors of this project, for GNU make 3.81 and later:
#   make demo    a fleet at work on the demo campus; make demo ARGS="--speed 60" passes options on
#   make test    every test this machine can run, then the list of those it could not
#   make check   lint, format, types, import rules
#   make lock    renew constraints.txt
# Each makes the environment it needs. That depends on two files only, so a second run starts
# within a second and without network.

VENV := .venv
ARGS ?=
# Tests at a time: more workers than two would starve the tests that run whole fleets.
JOBS ?= 2

# Looked at only where something has to be installed: uv, or the first Python that OR-Tools has
# wheels for, if it can make environments (Debian keeps that in a package of its own). Each
# candidate is run, because a name on PATH may be a shim for a version that is not there.
FIND_PYTHON = for p in python3.14 python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
    && command -v $$p && break; done
PYTHON = $(shell $(FIND_PYTHON))
UV = $(shell command -v uv 2>/dev/null)
VENV_WORKS = $(shell $(PYTHON) -c 'import ensurepip, venv; print("yes")' 2>/dev/null)
MISSING = $(if $(UV),,$(if $(PYTHON),$(if $(VENV_WORKS),,\
Python lacks venv: apt install python3-venv (or uv, https://docs.astral.sh/uv)),\
needs Python 3.11 to 3.14: apt install python3 python3-venv (or uv, https://docs.astral.sh/uv)))

# $(call install,EXTRA): an environment with this project and one of its extras.
define install
$(if $(strip $(MISSING)),$(error $(strip $(MISSING))))
@set -e; \
uv='$(UV)'; python='$(PYTHON)'; \
if test -n "$$uv"; then \
  test -x $(VENV)/bin/python || "$$uv" venv -q --python "$${python:-3.13}" $(VENV); \
  "$$uv" pip install -q --python $(VENV)/bin/python -c constraints.txt -e '.[$(1)]'; \
else \
  test -x $(VENV)/bin/pip || "$$python" -m venv $(VENV); \
  $(VENV)/bin/pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(1)]'; \
fi
@touch $@
endef

.PHONY: demo test check lock endurance clean

demo: $(VENV)/.stamp-demo
	@$(VENV)/bin/dispatcher demo $(ARGS)

test: $(VENV)/.stamp-dev
	@$(VENV)/bin/python -m pytest -n $(JOBS) --dist worksteal -m "not endurance" $(ARGS)

check: $(VENV)/.stamp-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest -q tests/project/test_imports.py

endurance: $(VENV)/.stamp-dev
	@$(VENV)/bin/python -m pytest -m endurance $(ARGS)

# `sed` drops what is true of every line; lines that hold on some platforms only keep saying so.
lock:
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	  --all-extras --no-annotate --no-header pyproject.toml -o constraints.new
	@{ echo '# One set for Python 3.11 to 3.14; `make lock` renews it.'; \
	  sed "s/ ; python_full_version < '3.15' and sys_platform != 'win32'$$//" constraints.new; } \
	  > constraints.txt
	@rm constraints.new

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

$(VENV)/.stamp-demo: pyproject.toml constraints.txt
	@echo "make: setting up $(VENV), once: about 180 MB to download, up to 750 MB on disk" >&2
	$(call install,demo)

$(VENV)/.stamp-dev: pyproject.toml constraints.txt
	@echo "make: setting up $(VENV), once: about 210 MB to download, up to 860 MB on disk" >&2
	$(call install,dev)
