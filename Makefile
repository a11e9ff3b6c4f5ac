# The commands of this repository. `make` alone lists them. Work of more than a line or two is in Scripts/.

.DEFAULT_GOAL := help
.PHONY: help deps build demo test bench format lint docs fuzz sanitize-address sanitize-thread clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the system libraries that are missing (apt; Debian 12 and Ubuntu)
	@Scripts/deps

build: deps ## Build the server and its command line: .build/release/stepwell
	@Scripts/build-release --product stepwell

demo: deps ## Kill server and worker in the middle of their work, and count what became of it
	@Scripts/demo

test: deps ## Do everything that a change must pass: lint, builds, all tests
	@Scripts/test

bench: deps ## Measure the speed: all rows, or ROWS="ingest-one idle"; figures in .build/bench.json
	@Scripts/bench $(ROWS)

format: ## Format all Swift sources in place
	@Scripts/swift-sources | xargs -0 swift format --in-place --parallel

lint: ## Check formatting, links, error pages and quoted snippets
	@failed=0; \
	Scripts/swift-sources | xargs -0 swift format lint --strict --parallel || failed=1; \
	Scripts/check-docs || failed=1; \
	exit $$failed

docs: deps ## Build the SDK's reference: .build/docs
	@Scripts/build-docs

fuzz: deps ## Fuzz what reads foreign text, 30 s a target (FUZZ_SECONDS, TARGETS)
	@Scripts/fuzz

sanitize-address: deps ## Run the unit tests under the address sanitizer
	@Scripts/test-sanitized address

sanitize-thread: deps ## Run the unit tests under the thread sanitizer
	@Scripts/test-sanitized thread

clean: ## Remove everything that was built
	rm -rf .build Examples/*/.build Benchmarks/.build
