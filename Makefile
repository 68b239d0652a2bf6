# SPDX-License-Identifier: Apache-2.0
# A thin face on meson: `make help` tells what there is.
MAKEFLAGS += --no-print-directory

help:
	@echo 'make run     run the demonstration: Linux and a real-time guest side by side'
	@echo 'make build   the hypervisor, the guests and the tools, in build/'
	@echo 'make test    unit tests, system tests, and what checks the checkers'
	@echo 'make mutants plants each known mistake in the virtual GIC: the tests must catch it (an hour)'
	@echo 'make bench   figures of Signalbox beside other hypervisors, exact to the instruction'
	@echo 'make lint    layout, budgets, who includes whom, headers alone, clang-tidy, Clang'
	@echo 'make clean   what was built goes; what was fetched stays'
	@echo 'make setup   fetch what is missing (the others do that by themselves)'

setup:
	@scripts/setup

build: setup
	@scripts/build

# Without a terminal nobody can type: that demonstration ends by itself.
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
