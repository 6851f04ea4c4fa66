# SPDX-License-Identifier: MIT
#
# The benchmarks. For those of the daemon alone: it, over a kernel that does nothing.

ifneq ($(IKE_OBJS),)
BENCH_OBJS := $(filter-out $(filter-out %/convert.o,$(KERNEL_OBJS)),$(KEYER_OBJS)) \
	$(O)/selftests/bench/kernel_null.o
$(O)/selftests/bench/%.o: TOOLS_CFLAGS += $(NL_CFLAGS)
$(O)/bench/ipsecvifd: LDLIBS += $(NL_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(SECCOMP_LIBS) \
	$(CAPNG_LIBS) -lpthread
$(O)/bench/ipsecvifd: $(BENCH_OBJS) $(IKE_OBJS) $(CRYPTO_OBJS) $(O)/libipsecvif.a
	$(LINK)
endif

.PHONY: bench-tools
bench-tools: $(O)/bench/talk
$(O)/bench/talk: $(O)/selftests/bench/talk.o
	$(LINK)

# BENCH_ARGS="-n 1000 -r 3 -m 1000 -b 10000": see selftests/bench/ike.
.PHONY: bench-ike
bench-ike: $(TOOLS)
	$(Q)scripts/deps build bench-ike
	$(Q)$(MAKE) $(O)/bench/ipsecvifd
	$(Q)selftests/bench/ike $(BENCH_ARGS)

# ENVIRONMENTS="uml vm insns", QUICK=1, ROUNDS=5: see selftests/bench/run.
.PHONY: bench
bench: $(TOOLS)
	$(Q)scripts/deps build bench
	$(Q)selftests/bench/run $(BENCH_ARGS)
