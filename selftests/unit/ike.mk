# SPDX-License-Identifier: MIT
# Tests of the protocol core: tools/keyer/ike and tools/keyer/crypto.
IKE_UNIT_TESTS := ike_cp ike_crl ike_crypto ike_eap ike_eap_methods ike_exchange ike_explore \
	ike_followup ike_frag ike_inter ike_mobike ike_ocsp ike_options ike_payload ike_pki ike_ppk \
	ike_protocols ike_redirect ike_refused ike_rounds ike_text ike_trust

IKE_UNIT_WORLD := $(patsubst %,$(O)/selftests/unit/%.o,ike_peers ike_peers_effects ike_peers_net)
UNIT_TESTS += $(IKE_UNIT_TESTS:%=$(O)/selftests/unit/%)
$(O)/selftests/unit/ike_%.o: TOOLS_CFLAGS += $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
$(IKE_UNIT_TESTS:%=$(O)/selftests/unit/%): LDLIBS += $(CMOCKA_LIBS) $(CRYPTO_LIBS)
$(IKE_UNIT_TESTS:%=$(O)/selftests/unit/%): $(O)/selftests/unit/ike_%: \
		$(O)/selftests/unit/ike_%.o $(O)/selftests/unit/ike_assert.o $(IKE_UNIT_WORLD) \
		$(EAP_OBJS) $(IKE_OBJS) $(CRYPTO_OBJS)
	$(LINK)
$(addprefix $(O)/selftests/unit/ike_,pki crl eap eap_methods rounds): $(O)/selftests/unit/ike_ca.o
$(addprefix $(O)/selftests/unit/ike_,eap eap_methods rounds): $(O)/selftests/unit/ike_eap_ends.o
$(O)/selftests/unit/ike_ocsp: $(O)/selftests/unit/ike_ca.o $(O)/tools/keyer/fetches.o $(PROCESS_OBJS)
$(O)/selftests/unit/ike_trust: $(addprefix $(O)/,selftests/unit/ike_ca.o tools/keyer/fetches.o \
	tools/keyer/trust.o) $(PROCESS_OBJS)
