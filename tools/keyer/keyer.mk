# SPDX-License-Identifier: MIT
#
# The keyer, ipsecvifd: the protocol core (ike/, crypto/), and the processes
# around it.

-include tools/keyer/ike/ike.mk
-include tools/keyer/crypto/crypto.mk

CONF_OBJS := $(patsubst %.c,$(O)/%.o,$(addprefix tools/keyer/conf/, \
	auth.c build.c check.c diff.c lex.c lint.c memory.c parse.c schema.c set.c \
	set_host.c set_ike.c share.c value.c))

TUNNEL_OBJS := $(O)/tools/keyer/tunnel/tunnel.o

KERNEL_OBJS := $(patsubst %.c,$(O)/%.o,$(addprefix tools/keyer/kernel/, \
	convert.c genl.c net.c net_event.c net_route.c))

EAP_OBJS := $(patsubst %.c,$(O)/%.o,$(addprefix tools/keyer/eap/, \
	eap.c md5.c mschapv2.c tls.c))

# Loop, log, channels: what every process has.
PROCESS_OBJS := $(patsubst %.c,$(O)/%.o,$(addprefix tools/keyer/, \
	channel.c log.c loop.c message.c))

NETADMIN_OBJS := $(patsubst %.c,$(O)/%.o,$(addprefix tools/keyer/, \
	block.c calls.c control.c control_cmd.c control_json.c hook.c iface.c mss.c netadmin_conf.c \
	netadmin_event.c netadmin_ike.c netadmin_level.c netadmin_path.c netadmin_sa.c netadmin_secret.c \
	netadmin_status.c netadmin_tunnel.c spawn.c))

KEYER_OBJS := $(EAP_OBJS) $(CONF_OBJS) $(TUNNEL_OBJS) $(KERNEL_OBJS) $(PROCESS_OBJS) $(NETADMIN_OBJS) \
	$(patsubst %.c,$(O)/%.o,$(addprefix tools/keyer/, \
	checks.c child.c fetches.c ike_process.c keyholder/eap.c keyholder/keyholder.c \
	keyholder/secret.c main.c netadmin.c notify.c privsep.c resolver.c trust.c udp.c))

$(O)/tools/keyer/%.o: TOOLS_CFLAGS += $(NL_CFLAGS) $(JSON_CFLAGS) $(SECCOMP_CFLAGS) $(CAPNG_CFLAGS)

ifneq ($(IKE_OBJS),)
TOOLS += $(O)/ipsecvifd
$(O)/ipsecvifd: LDLIBS += $(NL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(SECCOMP_LIBS) $(CAPNG_LIBS) \
	-lpthread
$(O)/ipsecvifd: $(KEYER_OBJS) $(IKE_OBJS) $(CRYPTO_OBJS) $(O)/libipsecvif.a
	$(LINK)
endif

# The same for tests, with what loses and doubles messages (impair.h).
ifneq ($(IKE_OBJS),)
TEST_TOOLS += $(O)/impair/ipsecvifd
IMPAIR_OBJS := $(O)/impair/tools/keyer/ike_process.o $(O)/impair/tools/keyer/impair.o
$(O)/impair/%.o: TOOLS_CFLAGS += -DIPSECVIF_IMPAIR $(NL_CFLAGS) $(JSON_CFLAGS)
$(O)/impair/%.o: %.c
	$(call say,CC,$< (impair))
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TOOLS_CPPFLAGS) $(CFLAGS) $(TOOLS_CFLAGS) -MMD -MP -c -o $@ $<
$(O)/impair/ipsecvifd: LDLIBS += $(NL_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(SECCOMP_LIBS) \
	$(CAPNG_LIBS) -lpthread
$(O)/impair/ipsecvifd: $(filter-out %/ike_process.o,$(KEYER_OBJS)) $(IMPAIR_OBJS) $(IKE_OBJS) \
		$(CRYPTO_OBJS) $(O)/libipsecvif.a
	$(LINK)
endif

INSTALL_MAN8 += Documentation/man/ipsecvifd.8
INSTALL_MAN5 += Documentation/man/ipsecvif.conf.5
INSTALL_UNIT += packaging/systemd/ipsecvifd.service.in
