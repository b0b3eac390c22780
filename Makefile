# The commands of a newcomer. Everything that is missing is installed first, with apt.
SWIFT ?= swift
BUILD := .build

.PHONY: all packages build standalone test lint tidy sanitize end-to-end demo models exporter-test bench clean

all: build

packages:
	@deploy/install-packages.sh build

build: packages
	$(SWIFT) build -c release --product swerve

# For machines that have no Swift: its libraries linked in, in a build folder of its own.
standalone: packages
	$(SWIFT) build -c release --product swerve --static-swift-stdlib \
	    --scratch-path $(BUILD)/standalone

# All that CI runs: format, unit tests, races, and the built executable from the outside.
test: packages lint
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build
	$(MAKE) sanitize

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests migrations

# What can race, under the thread sanitizer, in a build folder of its own.
sanitize: packages
	SWIFT="$(SWIFT)" Tests/Sanitizer/run $(BUILD)/tsan

demo: build
	$(BUILD)/release/swerve demo $(DEMO_FLAGS)

# Trains the models that ship in models/ anew.
models: build
	@deploy/install-packages.sh train
	PATH="$(CURDIR)/$(BUILD)/release:$$PATH" models/train.sh

# The exporter for scikit-learn against the built executable; Python, and so apart from `make test`.
# scikit-learn is the version that the reference models were made with.
VENV := $(BUILD)/venv
SWERVE_BIN ?= $(CURDIR)/$(BUILD)/release/swerve

exporter-test: $(VENV)/ready $(if $(filter file,$(origin SWERVE_BIN)),build)
	SWERVE_BIN="$(SWERVE_BIN)" $(VENV)/bin/python -m pytest -q -p no:cacheprovider \
	    models/exporter/tests $(EXPORTER_TEST_FLAGS)

$(VENV)/ready: models/exporter/pyproject.toml
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet scikit-learn==1.9.1 -e "models/exporter[test]"
	touch $@

bench: build
	Benchmarks/run

clean:
	rm -rf $(BUILD)
