# SPDX-License-Identifier: MIT
#
# Unit tests of the library and the command.

# A kernel that isn't there stands in for client.o.
CTL_TEST_OBJS := $(O)/selftests/unit/ctl_fake.o $(CTL_OBJS) \
	$(filter-out $(O)/tools/lib/client.o,$(LIB_OBJS))
CTL_TESTS := $(addprefix $(O)/selftests/unit/, ctl_sa ctl_words ctl_show ctl_control)
LIB_TESTS := $(addprefix $(O)/selftests/unit/, lib_attr)
UNIT_TESTS += $(CTL_TESTS) $(LIB_TESTS) $(O)/selftests/unit/spec

$(O)/selftests/unit/ctl_%.o: TOOLS_CFLAGS += $(NL_CFLAGS) $(JSON_CFLAGS) $(CMOCKA_CFLAGS)
$(O)/selftests/unit/lib_%.o: TOOLS_CFLAGS += $(NL_CFLAGS) $(CMOCKA_CFLAGS)

$(CTL_TESTS): LDLIBS += $(NL_LIBS) $(JSON_LIBS) $(CMOCKA_LIBS)
$(CTL_TESTS): %: %.o $(CTL_TEST_OBJS)
	$(LINK)

$(LIB_TESTS): LDLIBS += $(NL_LIBS) $(CMOCKA_LIBS)
$(LIB_TESTS): %: %.o $(O)/libipsecvif.a
	$(LINK)

$(O)/selftests/unit/spec: selftests/spec
	$(Q)mkdir -p $(@D)
	$(Q)install -m 755 $< $@
