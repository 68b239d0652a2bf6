# SPDX-License-Identifier: Apache-2.0
# Short commands for meson and the scripts: `make help` lists them.
MAKEFLAGS += --no-print-directory

help:
	@echo 'make run     run the demonstration: Linux and a real-time guest side by side'
	@echo 'make build   build the hypervisor, the guests and the tools, in build/'
	@echo 'make test    run the unit tests, the system tests, and the tests of the checkers'
	@echo 'make mutants plant each known mistake in the virtual GIC: the tests must catch it (some minutes)'
	@echo 'make bench   measure Signalbox beside other hypervisors, exact to the instruction'
	@echo 'make lint    check layout, budgets, includes, headers, pages; clang-tidy; build with Clang'
	@echo 'make clean   remove what was built, keep what was fetched'
	@echo 'make setup   fetch what is missing (the others do that by themselves)'

setup:
	@scripts/setup

build: setup
	@scripts/build

# Without a terminal there is no input: that demonstration ends by itself.
run: build
	@if [ -t 0 ] && [ -t 1 ]; then exec build/sbx run systems/demo.dts; \
	else exec build/sbx run systems/demo-batch.dts; fi

test: build
	@/usr/bin/python3 scripts/test

bench: build
	@bench/run

mutants: setup
	@tests/model/mutate.py

lint: setup
	@scripts/lint

clean:
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name assets ! -name apt -exec rm -rf {} +

.PHONY: help setup build run test bench mutants lint clean
