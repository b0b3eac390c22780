# The commands of a newcomer. Everything that is missing is installed first, with apt.
SWIFT ?= swift
BUILD := .build

.PHONY: all toolchain packages build standalone test lint debug-tests hostile sanitize \
    release-tests deploy-test deb-test deb image docs tidy end-to-end browser-test api-test \
    other-librdkafka fuzz demo models exporter-test tutorial-test bench clean

all: build

# A toolchain that is there may still lack libraries of the system; the loader's own words name one
# file, not Debian's package.
toolchain:
	@$(SWIFT) --version >/dev/null 2>&1 || { \
	    echo "make: '$(SWIFT) --version' fails:" >&2; $(SWIFT) --version 2>&1 | tail -n 3 >&2; \
	    echo "Install Swift 6.3 (https://swift.org/install) and what it needs of Debian 12:" >&2; \
	    echo "  apt-get install binutils gcc g++ git libc6-dev libcurl4-openssl-dev libedit2 \\" >&2; \
	    echo "    libgcc-12-dev libncurses6 libpython3-dev libsqlite3-0 libstdc++-12-dev \\" >&2; \
	    echo "    libxml2-dev libz3-4 tzdata unzip zlib1g-dev" >&2; \
	    exit 1; }

packages: toolchain
	@deploy/install-packages.sh build

build: packages
	$(SWIFT) build -c release --product swerve

# For machines that have no Swift: its libraries linked in, in a build folder of its own.
standalone: packages
	$(SWIFT) build -c release --product swerve --static-swift-stdlib \
	    --scratch-path $(BUILD)/standalone

# All that CI runs, stage by stage, each with the seconds that it took.
STAGES := lint debug-tests hostile sanitize release-tests api-test browser-test deploy-test

test: packages
	@for stage in $(STAGES); do \
	    start=$$(date +%s); \
	    $(MAKE) --no-print-directory $$stage || { echo "make: $$stage failed" >&2; exit 1; }; \
	    echo "make: $$stage passed in $$(($$(date +%s) - start)) s"; \
	done

lint: toolchain
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests migrations \
	    Benchmarks

# Every test of a room, against the debug build; those of the executable are run twice below.
debug-tests: packages
	$(SWIFT) build --build-tests
	SWIFT="$(SWIFT)" Tests/run --skip-build --skip '^EndToEndTests\.'

# The C and C++ targets under the address and undefined-behaviour sanitizers, and Swift's decoders of
# records and of models under libFuzzer and the address sanitizer, with hostile input.
hostile: packages
	Tests/Hostile/run $(BUILD)/hostile

# What can race, under the thread sanitizer, in a build folder of its own: the rooms with threads,
# and the executable at work, a debug build.
sanitize: packages
	SWIFT="$(SWIFT)" Tests/Sanitizer/run $(BUILD)/tsan

# The end-to-end tests, against the optimised executable.
release-tests: build
	$(SWIFT) build --build-tests
	SWERVE_TEST_EXECUTABLE=$(BUILD)/release/swerve SWIFT="$(SWIFT)" Tests/run --skip-build \
	    --filter '^EndToEndTests\.'

# The hub's API from outside, with requests that nobody wrote by hand: by its OpenAPI document, and
# bytes that are no requests; commands work beside it meanwhile.
api-test: build
	@deploy/install-packages.sh python
	Tests/API/run $(BUILD)/release/swerve $(BUILD)/api

# The hub's pages in Debian's Chromium, against the optimised executable; what they look like is kept
# in .build/browser/screens.
browser-test: build
	@deploy/install-packages.sh browser
	SWERVE_BIN="$(CURDIR)/$(BUILD)/release/swerve" Tests/Browser/run $(BUILD)/browser \
	    $(BROWSER_TEST_FLAGS)

# What is shipped for deployment: rules and dashboard against a run under Prometheus, units,
# Kubernetes, compose, the recipe of the image, the pages that the executable makes.
deploy-test: build
	@deploy/install-packages.sh check
	Tests/Deploy/run $(BUILD)/release/swerve $(BUILD)/deploy

# The package and the recipe of the image, each in a fresh Debian root: installed, run, upgraded,
# removed. As root, and with a build of its own, so apart from `make test`.
deb-test: standalone
	@deploy/install-packages.sh roots
	Tests/Deploy/package $(BUILD)/standalone/release/swerve $(BUILD)/deploy/package
	python3 Tests/Deploy/container.py $(BUILD)/standalone/release/swerve $(BUILD)/deploy/container

# The Debian package, into .build/deploy, and the image, by buildah, podman or docker.
deb: standalone
	deploy/debian/build $(BUILD)/standalone/release/swerve $(BUILD)/deploy

IMAGE ?= swerve:latest

image:
	deploy/image $(IMAGE)

# The pages of docs/ that the executable makes of itself.
docs: build
	python3 Tests/Deploy/docs.py $(BUILD)/release/swerve write

# For whoever changes one thing: the house rules alone, and the built executable from the outside
# (on a real broker with SWERVE_TEST_BOOTSTRAP=host:port).
tidy: packages lint
	$(SWIFT) test --filter '^TidyTests\.'

end-to-end: packages
	$(SWIFT) test --filter '^EndToEndTests\.'

# The suites that talk with brokers, with another librdkafka than the system's: the newest that a
# Python package carries, or that of LIBRDKAFKA=path/to/librdkafka.so.1.
LIBRDKAFKA ?= $(BUILD)/librdkafka/newest/librdkafka.so.1

other-librdkafka: packages $(LIBRDKAFKA)
	mkdir -p $(BUILD)/librdkafka/loaded
	ln -sfn "$(abspath $(LIBRDKAFKA))" $(BUILD)/librdkafka/loaded/librdkafka.so.1
	$(SWIFT) build --build-tests
	LD_LIBRARY_PATH="$(CURDIR)/$(BUILD)/librdkafka/loaded" SWIFT="$(SWIFT)" Tests/run \
	    --skip-build --filter '^(KafkaTests|ServingTests|EndToEndTests)\.'

$(BUILD)/librdkafka/newest/librdkafka.so.1:
	python3 -m venv $(BUILD)/librdkafka/venv
	$(BUILD)/librdkafka/venv/bin/pip install --quiet confluent-kafka
	mkdir -p $(@D)
	cp $(BUILD)/librdkafka/venv/lib/python3*/site-packages/confluent_kafka.libs/librdkafka*.so.1 $@

# Looks for new hostile input to one target, guided by coverage: of C, or one of Swift's decoders
# (decode-json, decode-bundle, …); apart from `make test`, for it finds other inputs each time. Needs a
# clang with libFuzzer, as Swift's toolchain has it.
TARGET ?= json
FUZZ_FLAGS ?= -max_total_time=60

fuzz: packages
	Tests/Hostile/run $(BUILD)/hostile fuzz $(TARGET) $(FUZZ_FLAGS)

# Standard output is the demo's alone, so that DEMO_FLAGS=--json gives one document there.
demo:
	@$(MAKE) --no-print-directory build >&2
	@$(BUILD)/release/swerve demo $(DEMO_FLAGS)

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

# Every command of docs/tutorial.md, as it stands: scikit-learn, and so apart from `make test`.
tutorial-test: build $(VENV)/ready
	@deploy/install-packages.sh check
	PATH="$(CURDIR)/$(BUILD)/release:$(CURDIR)/$(VENV)/bin:$$PATH" python3 Tests/Deploy/tutorial.py

$(VENV)/ready: models/exporter/pyproject.toml
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet scikit-learn==1.9.1 -e "models/exporter[test]"
	touch $@

bench: build
	Benchmarks/run

clean:
	rm -rf $(BUILD)
