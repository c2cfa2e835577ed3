# make setup | build | test | demo | bench | wheel: each does what is missing, nothing twice, and works offline once done.
PRESET ?= release
JOBS ?= $(shell nproc)
BUILD := build/$(PRESET)
PYTHON := .venv/bin/python
LEXICELL := $(BUILD)/app/lexicell

.PHONY: setup build test demo bench wheel clean
.DEFAULT_GOAL := build

setup: .venv/.ready
.venv/.ready: apt.txt requirements.txt scripts/setup
	@scripts/setup
	@touch $@

$(BUILD)/build.ninja: .venv/.ready CMakeLists.txt CMakePresets.json $(wildcard cmake/*.cmake)
	@cmake --preset $(PRESET)

build: $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS)

test: build
	@OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0 ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

demo: build
	@scripts/demo $(LEXICELL)

bench: build
	@scripts/bench $(BUILD)

wheel: build
	@scripts/wheel $(BUILD)

clean:
	@rm -rf build
