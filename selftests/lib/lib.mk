# SPDX-License-Identifier: MIT
#
# What the test scripts call.

ifneq ($(JSON_LIBS),)
TEST_TOOLS += $(O)/selftests/json
$(O)/selftests/json: LDLIBS += $(JSON_LIBS)
$(O)/selftests/json: $(O)/selftests/lib/json.o
	$(LINK)
$(O)/selftests/lib/json.o: TOOLS_CFLAGS += $(JSON_CFLAGS)
endif
