# What this repository can do. `make run` and `make test` bring a fresh Debian 12 with Swift 6.3 all the way:
# each step installs or builds only what is missing.
#
#   make run [ARGS="--port 0"]   serve, seeded from seed/
#   make test                    everything: Swift tests, formatting, the binary with real clients
#   make build setup lint bench fuzz

SHELL := /bin/bash
BINARY := $(CURDIR)/.build/release/altan-emulator
.DEFAULT_GOAL := run
.NOTPARALLEL:
.PHONY: run test build setup bench fuzz lint packages test-packages debug environment

run: setup
	@exec $(BINARY) start $(ARGS)

packages:
	@.ci/packages build

test-packages:
	@.ci/packages build test

build: packages
	@echo "==> Release build (the first one takes some ten minutes on two cores)"
	@swift build -c release --static-swift-stdlib -j 2

setup: build
	@echo "==> Python environment for services"
	@$(BINARY) setup

debug: packages
	@echo "==> Debug build with tests (the first one takes about five minutes on two cores)"
	@swift build --build-tests -j 2

environment: packages
	@.ci/environment main supabase-2.15 supabase-2.3

test: test-packages debug setup environment
	@ALTAN_EMULATOR_BINARY=$(BINARY) .ci/test

lint: environment
	@.ci/lint

bench: setup
	@.ci/environment bench
	@ALTAN_EMULATOR_BINARY=$(BINARY) .build/venv/bench/bin/python Tests/Benchmarks/bench.py --out .build/bench.json $(ARGS)

fuzz: setup environment
	@ALTAN_EMULATOR_BINARY=$(BINARY) .build/venv/main/bin/python Tests/Benchmarks/fuzz.py $(ARGS)
	@ALTAN_EMULATOR_BINARY=$(BINARY) .build/venv/main/bin/python Tests/Benchmarks/overreach.py $(ARGS)
	@ALTAN_EMULATOR_BINARY=$(BINARY) .build/venv/main/bin/python Tests/Benchmarks/sqltexts.py $(ARGS)
