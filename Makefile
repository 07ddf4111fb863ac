# GNU make cannot hold a path with spaces: everything here is relative to this folder, and what has
# to be remembered between runs is kept by scripts/, by the contents of the lock files and sources.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dask setup-tests setup-bench demo test lint format bench lock clean
.PHONY: check-python check-types check-web check-web-types test-web
PORT ?= 8000
ARGS ?=
# How many tests run at once: as many as a machine of the checks has cores.
WORKERS ?= 2
# pytest's and others' own words, in their own language, in UTF-8
export PYTHONUTF8 := 1
# Containers often forbid it; a command that compiles all that it imports starts 5 s later.
export PYTHONDONTWRITEBYTECODE :=
# Several targets at once, each one's words in one piece.
TOGETHER = $(MAKE) --no-print-directory --jobs=$(WORKERS) --output-sync=target

help: ## Show this list 显示本列表
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## Prepare everything that `make demo` needs 准备运行环境
	@sh scripts/python.sh scripts.setup runtime

setup-dask: # What `wangge route --scheduler` needs on top, here and on every worker
	@sh scripts/python.sh scripts.setup dask

setup-tests: # What `make test` needs on top: checkers, Chromium, a Chinese font
	@sh scripts/python.sh scripts.setup dev

setup-bench: # What `make bench` needs on top: the peers to compare with
	@sh scripts/python.sh scripts.setup bench

demo: setup ## Build a synthetic city and show it at http://127.0.0.1:8000 (PORT=…) 演示
	@.venv/bin/python -m api.cli demo --port $(PORT) $(ARGS)

test: setup-tests ## Run every check and every test (ARGS="-k name" for pytest) 测试
	@$(TOGETHER) check-types check-web-types check-web check-python test-web
	@.venv/bin/python -m pytest -n $(WORKERS) $(ARGS)

lint: setup-tests ## Check style, types and the direction of imports 代码检查
	@$(TOGETHER) check-types check-web-types check-web check-python

check-python:
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -c 'from importlinter.cli import lint_imports_command as lint; lint()'

check-types:
	@.venv/bin/python -m mypy

check-web:
	@cd web && npm run --silent format:check

check-web-types:
	@cd web && npm run --silent typecheck

test-web:
	@cd web && npm test --silent

format: setup-tests ## Put the Python code into shape 代码格式化
	@.venv/bin/python -m ruff check --fix .
	@.venv/bin/python -m ruff format .

bench: setup-bench ## Measure against named peers (ARGS=… picks) 性能测试
	@.venv/bin/python -m bench $(ARGS)

lock: setup-tests ## Lock the Python packages anew (ARGS=--upgrade) 更新锁定文件
	@.venv/bin/python -m scripts.lock $(ARGS)

clean: ## Remove what was built, but never the data 清理(不删除数据)
	@rm -rf .venv web/node_modules web/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
