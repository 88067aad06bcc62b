# The few commands that people type. Each installs what it needs and is not here yet.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run watch test check deny unit differential e2e schemathesis crash crowd fuzz bench bench-browser cluster screenshot
unexport CARGO_TARGET_DIR

TOOLS := scripts/tools.sh
PROGRAM := target/release/tidings
SECONDS ?= 60
TARGETS ?= decode patterns tokens bodies
SOURCES := $(shell find src style public) Cargo.toml Cargo.lock Leptos.toml rust-toolchain.toml \
	end2end/package-lock.json scripts/bin/wasm-opt scripts/strip-exports.mjs
SAY := @printf "\n== %s\n"

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(PROGRAM) ## Build in release and serve on http://127.0.0.1:3000
	@exec $(PROGRAM) serve

watch: ## Develop: rebuild and reload at every change
	$(SAY) "First time: about 15 minutes on two cores, 8 of them for tools. Then seconds."
	@$(TOOLS) cargo leptos watch

test: ## Run every check, as CI does
	$(SAY) "Every check. First time: about 30 minutes on two cores, 8 of them for tools. Then about 15."
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory $(PROGRAM)
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory differential
	@$(MAKE) --no-print-directory e2e

check: ## Format, lints (server and browser), documentation, types
	$(SAY) "Format"
	@$(TOOLS) cargo fmt --check
	$(SAY) "Lints of the server"
	@$(TOOLS) cargo clippy --quiet --locked --features ssr --all-targets -- -D warnings
	$(SAY) "Lints of the browser's part"
	@$(TOOLS) cargo clippy --quiet --locked --features split --lib --target wasm32-unknown-unknown -- -D warnings
	$(SAY) "Lints of the fuzzer"
	@$(TOOLS) cargo clippy --quiet --locked --manifest-path fuzz/Cargo.toml -- -D warnings
	$(SAY) "Documentation"
	@RUSTDOCFLAGS="-D warnings" $(TOOLS) cargo doc --quiet --locked --features ssr --no-deps
	$(SAY) "Types of the end-to-end tests"
	@$(TOOLS) npm --prefix end2end run --silent check
	@$(MAKE) --no-print-directory deny

deny: ## What is linked into the program: its licences and where it comes from; known flaws, where their list can be had
	$(SAY) "Licences and sources of what is linked"
	@$(TOOLS) --deny cargo deny --locked check bans licenses sources
	@$(TOOLS) --deny bash -c 'cargo deny --log-level off fetch db || { echo "the list of known flaws cannot be had here"; exit 0; }; \
		cargo deny --locked check advisories'

unit: ## Unit and integration tests
	$(SAY) "Unit and integration tests"
	@$(TOOLS) --redis cargo test --quiet --locked --features ssr
	$(SAY) "The same over streams that are bodies as others are"
	@TIDINGS_STREAM_PARKED=false $(TOOLS) cargo test --quiet --locked --features ssr --test integration

differential: ## Compare the decoder with Chromium's on thousands of random streams (SEED=, STREAMS=)
	$(SAY) "The decoder beside Chromium's"
	@$(TOOLS) --browser cargo test --quiet --locked --features ssr --test integration -- --ignored --nocapture differential::

e2e: $(PROGRAM) ## End-to-end tests in Chromium, against the release build
	$(SAY) "End-to-end tests"
	@$(TOOLS) --browser $(TOOLS) --redis npm --prefix end2end test

schemathesis: $(PROGRAM) ## Send the release build what its own API description allows, and what it does not (SEED=, EXAMPLES=)
	$(SAY) "The API beside its description. About a minute and a half."
	@$(TOOLS) --schemathesis scripts/schemathesis.sh

bench: $(PROGRAM) ## Measure the hub: encode, append, fan-out; a delivery and a publish beside the floor (ROUNDS=, TIME=)
	@$(TOOLS) cargo bench --locked --features ssr
	@scripts/bench.sh

crash: ## Kill the server over and over under load, and look for what is lost (SEED=, KILLS=, MESSAGES=)
	@$(TOOLS) cargo test --quiet --locked --features ssr --test integration -- --ignored --nocapture crash::

crowd: ## Hold 10,000 subscribers, one of them stalled; have 5,000 come back at once; measure the others (SUBSCRIBERS=)
	@ulimit -n "$$(ulimit -Hn)" && \
		$(TOOLS) cargo test --quiet --locked --release --features ssr --test integration -- --ignored --nocapture --test-threads 1 crowd:: storm::

# Without a sanitizer, which would want a nightly compiler: there is no unsafe code of ours.
fuzz: ## Give the readers of what comes from outside whatever a fuzzer comes up with (TARGETS=, SECONDS= for each)
	$(SAY) "Fuzzing $(TARGETS), $(SECONDS) seconds each. First time: some minutes to build the fuzzers."
	@for target in $(TARGETS); do \
		mkdir -p fuzz/target/corpus/$$target; \
		features=$$([ $$target = decode ] || echo --features server); \
		$(TOOLS) --fuzz cargo fuzz run --sanitizer none $$features $$target fuzz/target/corpus/$$target \
			fuzz/corpus/$$target -- -max_total_time=$(SECONDS); \
	done

bench-browser: $(PROGRAM) ## Measure the page in Chromium
	@$(TOOLS) --browser npm --prefix end2end run --silent measure

cluster: $(PROGRAM) ## Three nodes, one Redis and an nginx in front, on this machine (PORT=)
	@$(TOOLS) --cluster scripts/cluster.sh

screenshot: $(PROGRAM) ## Take the README's picture anew
	@$(TOOLS) --browser npm --prefix end2end run --silent screenshot

# The server is compiled with the page's files in it. With --split, what the page loads later is in files of its own.
$(PROGRAM): $(SOURCES)
	$(SAY) "Building in release. First time: about 15 minutes on two cores, 8 of them for tools. Then seconds."
	@mkdir -p target && touch target/began
	@$(TOOLS) cargo leptos build --release --split --lib-features split --precompress
	@touch -r target/began $@ # What was changed while it was built is not in it.
