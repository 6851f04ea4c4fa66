# SPDX-License-Identifier: MIT
#
# ipsecvif, the command.

# Everything but main(), so that unit tests can call the rest.
CTL_SRCS := $(addprefix tools/ctl/, alg.c args.c batch.c caps.c check.c control.c dev.c drops.c \
	help.c key.c metrics.c monitor.c netns.c output.c psk.c run.c sa.c sa_parse.c sa_show.c \
	selector.c tunnel.c tunnel_show.c)
CTL_OBJS := $(CTL_SRCS:%.c=$(O)/%.o)

$(O)/tools/ctl/%.o: TOOLS_CFLAGS += $(JSON_CFLAGS)

TOOLS += $(O)/ipsecvif
$(O)/ipsecvif: LDLIBS += $(NL_LIBS) $(JSON_LIBS)
$(O)/ipsecvif: $(O)/tools/ctl/main.o $(CTL_OBJS) $(O)/libipsecvif.a
	$(LINK)

INSTALL_MAN8 += Documentation/man/ipsecvif.8
INSTALL_SPEC += Documentation/netlink/specs/ipsecvif.yaml
INSTALL_COMPLETION += packaging/completions/ipsecvif
