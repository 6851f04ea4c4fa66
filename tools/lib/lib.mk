# SPDX-License-Identifier: MIT
#
# libipsecvif: a static library that the command and the keyer link.

LIB_OBJS := $(patsubst %.c,$(O)/%.o,$(addprefix tools/lib/, \
	addr.c caps.c client.c dev.c drop.c event.c extack.c list.c name.c \
	sa.c sa_attr.c selector.c sock.c))

$(O)/tools/lib/%.o: TOOLS_CFLAGS += $(NL_CFLAGS)

$(O)/libipsecvif.a: $(LIB_OBJS)
	$(ARCHIVE)
