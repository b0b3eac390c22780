# The commands of a newcomer. Everything that is missing is installed first, with apt.
SWIFT ?= swift
BUILD := .build

.PHONY: all packages build test lint tidy sanitize end-to-end demo models bench clean

all: build

packages:
	@deploy/install-packages.sh build

build: packages
	$(SWIFT) build -c release --product swerve

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

bench: build
	Benchmarks/run

clean:
	rm -rf $(BUILD)
