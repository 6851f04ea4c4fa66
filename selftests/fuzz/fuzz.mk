# SPDX-License-Identifier: MIT
#
# Fuzz targets. As unit tests, with selftests/fuzz/driver.c, for FUZZ_SECONDS each; and
# by `make fuzz` with clang's libFuzzer, its sanitizers and FUZZ_SECONDS=60.

ifneq ($(IKE_OBJS),)
FUZZERS := packet payload conf cert eap eap_tls control
FUZZ_WORLD := $(IKE_UNIT_WORLD)
FUZZ_NETADMIN := $(NETADMIN_OBJS) $(PROCESS_OBJS) $(CONF_OBJS) $(TUNNEL_OBJS) \
	$(O)/tools/keyer/kernel/convert.o $(O)/tools/keyer/kernel/fake.o $(O)/libipsecvif.a
FUZZ_OBJS := $(EAP_OBJS) $(IKE_OBJS) $(CRYPTO_OBJS)
FUZZ_LIBS := $(NL_LIBS) $(JSON_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS)

fuzz_packet_OBJS := $(FUZZ_WORLD)
fuzz_payload_OBJS := $(FUZZ_WORLD)
fuzz_conf_OBJS := $(CONF_OBJS)
fuzz_cert_OBJS := $(O)/selftests/fuzz/ca.o
fuzz_eap_OBJS := $(O)/selftests/fuzz/eap_peer.o
fuzz_eap_tls_OBJS := $(addprefix $(O)/selftests/fuzz/,ca.o eap_peer.o tls_ends.o)
fuzz_control_OBJS := $(FUZZ_NETADMIN)

UNIT_TESTS += $(FUZZERS:%=$(O)/selftests/fuzz/fuzz_%)
$(O)/selftests/fuzz/%.o: TOOLS_CFLAGS += $(NL_CFLAGS) $(JSON_CFLAGS) $(CRYPTO_CFLAGS)

define FUZZER
$(O)/selftests/fuzz/fuzz_$(1): LDLIBS += $(FUZZ_LIBS)
$(O)/selftests/fuzz/fuzz_$(1): $(O)/selftests/fuzz/$(1).o $(O)/selftests/fuzz/driver.o \
		$(fuzz_$(1)_OBJS) $(FUZZ_OBJS)
	$$(LINK)

# The same sources, in one go, for libFuzzer.
FUZZ_SRCS_$(1) := selftests/fuzz/$(1).c \
	$(filter-out lib%,$(patsubst $(O)/%.o,%.c,$(filter %.o,$(fuzz_$(1)_OBJS) $(FUZZ_OBJS)))) \
	$(if $(filter %.a,$(fuzz_$(1)_OBJS)),$(patsubst $(O)/%.o,%.c,$(LIB_OBJS)))
$(O)/fuzz/$(1): $$(FUZZ_SRCS_$(1))
	$$(call say,FUZZ,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		$(TOOLS_CPPFLAGS) -std=gnu11 $(NL_CFLAGS) $(JSON_CFLAGS) $(CRYPTO_CFLAGS) \
		-o $$@ $$(FUZZ_SRCS_$(1)) $(FUZZ_LIBS)
endef
$(foreach fuzzer,$(FUZZERS),$(eval $(call FUZZER,$(fuzzer))))
endif

# FUZZ="packet conf" picks targets. What is found is kept in $(O)/fuzz.
FUZZ ?= $(FUZZERS)
.PHONY: fuzz
fuzz:
	$(Q)scripts/deps build fuzz
	$(Q)$(MAKE) $(FUZZ:%=$(O)/fuzz/%)
	$(Q)for name in $(FUZZ); do \
		mkdir -p $(O)/fuzz/corpus/$$name && \
		$(O)/fuzz/$$name -max_total_time=$${FUZZ_SECONDS:-60} -timeout=20 -max_len=8192 \
			-artifact_prefix=$(O)/fuzz/$$name- -print_final_stats=1 \
			$(O)/fuzz/corpus/$$name selftests/fuzz/corpus/$$name || exit; \
	done

# The inputs of packet and payload, of eap_tls, and of cert those about OCSP, made anew.
.PHONY: fuzz-seeds
$(O)/selftests/fuzz/seeds: LDLIBS += $(SSL_LIBS) $(CRYPTO_LIBS)
$(O)/selftests/fuzz/seeds: $(O)/selftests/fuzz/seeds.o $(FUZZ_WORLD) $(FUZZ_OBJS)
	$(LINK)
$(O)/selftests/fuzz/seeds_pki: LDLIBS += $(SSL_LIBS) $(CRYPTO_LIBS)
$(O)/selftests/fuzz/seeds_pki: $(O)/selftests/fuzz/seeds_pki.o $(O)/selftests/fuzz/ca.o \
		$(O)/selftests/fuzz/tls_ends.o $(FUZZ_OBJS)
	$(LINK)
fuzz-seeds: $(O)/selftests/fuzz/seeds $(O)/selftests/fuzz/seeds_pki
	$(O)/selftests/fuzz/seeds selftests/fuzz/corpus
	$(O)/selftests/fuzz/seeds_pki selftests/fuzz/corpus
