# SPDX-License-Identifier: MIT
# Unit tests of the keyer's configuration, policy and processes.

ifneq ($(IKE_OBJS),)
UNIT_TESTS += $(addprefix $(O)/selftests/unit/,conf_test tunnel_test)

$(O)/selftests/unit/conf_test: LDLIBS += $(CMOCKA_LIBS) $(CRYPTO_LIBS)
$(O)/selftests/unit/conf_test: $(O)/selftests/unit/conf_test.o $(CONF_OBJS) $(IKE_OBJS) $(CRYPTO_OBJS)
	$(LINK)
endif

$(O)/selftests/unit/tunnel_test: LDLIBS += $(CMOCKA_LIBS)
$(O)/selftests/unit/tunnel_test: $(O)/selftests/unit/tunnel_test.o $(TUNNEL_OBJS)
	$(LINK)
