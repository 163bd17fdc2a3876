# walferry: the plugin is built by PGXS (plugin/Makefile), the shipper by a plain
# sub-make (shipper/Makefile); both compile envelope/ for themselves.
#
# Everything here is a short name for one command; see `make help`.

PG_CONFIG ?= pg_config
export PG_CONFIG

.DEFAULT_GOAL := all

.PHONY: all plugin shipper install uninstall demo check installcheck check-long check-large \
	check-debezium check-identity check-golden check-fuzz check-roundtrip check-valgrind bench \
	bench-instructions bench-memory bench-source lint indent docs clean help

all: plugin shipper ## build the plugin and the shipper

plugin: ## build plugin/walferry.so for the server of PG_CONFIG
	$(MAKE) -C plugin

shipper: ## build build/shipper/walferry
	$(MAKE) -C shipper

install: ## install plugin and extension into the server of PG_CONFIG, walferry into PREFIX/bin
	$(MAKE) -C plugin install
	$(MAKE) -C shipper install

uninstall: ## remove what install put there
	$(MAKE) -C plugin uninstall
	$(MAKE) -C shipper uninstall

demo: ## run the whole scenario on this machine (demo/run.sh)
	demo/run.sh

check: ## install what is missing, then run every test of the short suite
	regress/run.sh

installcheck: ## pg_regress against a running server that has the extension installed
	$(MAKE) -C plugin installcheck

check-long: ## check, with the slow end-to-end tests too
	regress/run.sh --long

check-large: ## a 5-million-row transaction through either plugin and the shipper, memory measured
	WALFERRY_LARGE=1 regress/run.sh --long e2e -- -m large

check-debezium: ## the same random changes through the live Debezium connector and walferry, compared
	regress/debezium/check.sh $(ARGUMENTS)

check-identity: ## the same changes through plugin.name=walferry and pgoutput, byte by byte
	regress/identity/check.sh $(ARGUMENTS)

check-golden: ## every recording of Debezium's, through the plugin and through Kafka
	regress/run.sh e2e -- golden -q

check-fuzz: ## every fuzz target for FUZZ_SECONDS (600) each
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} regress/run.sh fuzz

check-roundtrip: ## a million random values of each type through a server and back
	WALFERRY_ROUNDTRIP=$${WALFERRY_ROUNDTRIP:-1000000} regress/run.sh e2e -- -k round_trip -s

check-valgrind: ## the walsender under valgrind, and its memory over many rows
	regress/valgrind.sh

bench: ## walsender CPU per row beside the peers (bench/plugin.sh)
	bench/plugin.sh

bench-instructions: ## instructions of the walsender per row beside pgoutput's (bench/instructions.sh)
	bench/instructions.sh

bench-memory: ## walsender memory for a 5-million-row transaction beside pgoutput (bench/memory.sh)
	bench/memory.sh

bench-source: ## events a second and CPU from WAL to Kafka beside Debezium (bench/source.sh)
	bench/source.sh

lint: ## dependency rule, formatting, shell and spelling checks
	regress/lint.sh

indent: ## format all C files the way the lint wants them
	regress/indent.sh

docs: ## regenerate the option and metric references from the tables in the code
	$(MAKE) -C docs

clean: ## remove everything that was built
	$(MAKE) -C plugin clean
	$(MAKE) -C shipper clean
	rm -rf build regress/out

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
