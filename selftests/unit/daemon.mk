# SPDX-License-Identifier: MIT
# Unit tests of the keyer's configuration, policy and processes.

ifneq ($(IKE_OBJS),)
UNIT_TESTS += $(addprefix $(O)/selftests/unit/,tunnel_test daemon_process_test \
	daemon_convert_test)

CONF_TESTS := $(addprefix $(O)/selftests/unit/,conf_test conf_auth_test conf_child_test)
UNIT_TESTS += $(CONF_TESTS)
$(CONF_TESTS): LDLIBS += $(CMOCKA_LIBS) $(CRYPTO_LIBS)
$(CONF_TESTS): %: %.o $(O)/selftests/unit/conf_files.o $(CONF_OBJS) $(IKE_OBJS) $(CRYPTO_OBJS)
	$(LINK)

NETADMIN_TESTS := $(addprefix $(O)/selftests/unit/,daemon_netadmin_test daemon_calls_test \
	daemon_control_test daemon_peers_test)
UNIT_TESTS += $(NETADMIN_TESTS)
$(NETADMIN_TESTS): LDLIBS += $(CMOCKA_LIBS) $(NL_LIBS) $(JSON_LIBS) $(CRYPTO_LIBS)
$(NETADMIN_TESTS): %: %.o $(O)/selftests/unit/daemon_world.o \
		$(NETADMIN_OBJS) $(PROCESS_OBJS) $(CONF_OBJS) $(TUNNEL_OBJS) \
		$(O)/tools/keyer/kernel/convert.o $(O)/tools/keyer/kernel/fake.o \
		$(IKE_OBJS) $(CRYPTO_OBJS) $(O)/libipsecvif.a
	$(LINK)

$(O)/selftests/unit/daemon_process_test: LDLIBS += $(CMOCKA_LIBS) $(SECCOMP_LIBS) $(CAPNG_LIBS)
$(O)/selftests/unit/daemon_process_test: $(O)/selftests/unit/daemon_process_test.o \
		$(PROCESS_OBJS) $(O)/tools/keyer/keyholder/secret.o $(O)/tools/keyer/privsep.o \
		$(O)/tools/keyer/spawn.o $(O)/tools/keyer/ike/word.o
	$(LINK)

$(O)/selftests/unit/daemon_convert_test: LDLIBS += $(CMOCKA_LIBS) $(NL_LIBS) $(CRYPTO_LIBS)
$(O)/selftests/unit/daemon_convert_test: $(O)/selftests/unit/daemon_convert_test.o \
		$(O)/tools/keyer/kernel/convert.o $(IKE_OBJS) $(CRYPTO_OBJS) $(O)/libipsecvif.a
	$(LINK)
endif

$(O)/selftests/unit/daemon_%.o: TOOLS_CFLAGS += $(JSON_CFLAGS) $(NL_CFLAGS)

$(O)/selftests/unit/tunnel_test: LDLIBS += $(CMOCKA_LIBS)
$(O)/selftests/unit/tunnel_test: $(O)/selftests/unit/tunnel_test.o $(TUNNEL_OBJS)
	$(LINK)
