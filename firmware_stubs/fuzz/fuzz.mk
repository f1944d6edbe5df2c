# SPDX-License-Identifier: Apache-2.0
# Included by ../Makefile: what libFuzzer and gcovr say of the core.
#   make fuzz        each fuzzer for FUZZ_SECONDS, from the corpus on; ends at the first finding
#   make coverage    which branches of the core the tests in tests/firmware_stubs take

FUZZ := $(BUILD)/fuzz
FUZZ_SECONDS ?= 60
FUZZERS := frame boards
FUZZ_CC := clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
COVERAGE = $(abspath $(BUILD))/coverage
# The tests that load the core as a library; the others start programs.
COVERING := $(wildcard $(addprefix ../tests/firmware_stubs/test_, \
  codec.py link*.py drive*.py locker*.py kept*.py keypad*.py))

.PHONY: fuzzers fuzz coverage

fuzzers: $(FUZZERS:%=$(FUZZ)/%)

$(FUZZ)/frame: core/frame.c
$(FUZZ)/boards: $(CORE) ports/library/harness.c
$(FUZZ)/%: fuzz/fuzz_%.c $(HEADERS)
	$(call needs,clang,clang libclang-rt-14-dev)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(filter %.c,$^) -o $@.$$$$ && mv $@.$$$$ $@

# What is new and worth keeping lies in the folder named `new`.
fuzz: fuzzers
	@set -e; for name in $(FUZZERS); do \
	  mkdir -p $(FUZZ)/new/$$name; \
	  $(FUZZ)/$$name -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(FUZZ)/$$name- \
	    $(FUZZ)/new/$$name fuzz/corpus/$$name; \
	done

coverage:
	$(call needs,gcovr,gcovr)
	@rm -rf $(COVERAGE)
	@cd .. && DROVER_COVERAGE_LIBRARY=$(COVERAGE) $(PYTHON) -m pytest -q $(COVERING:../%=%)
	@gcovr --root . --filter 'core/[^/]*$$' --branches --sort-uncovered $(COVERAGE)
