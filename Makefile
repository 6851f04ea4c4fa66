# SPDX-License-Identifier: MIT
#
# ipsecvif: build, test and demonstrate. `make help` lists the targets.
#
# Conventions for the makefile fragments included below (tools/lib/lib.mk,
# tools/ctl/ctl.mk, tools/keyer/keyer.mk, selftests/unit/*.mk):
#  - every path is relative to the repository root, which may have a space in
#    its name: never use $(CURDIR), $(abspath) or $(realpath);
#  - every output goes to $(O)/, objects to $(O)/DIR/NAME.o beside the name of
#    their source DIR/NAME.c: the one pattern rule below compiles them, with
#    dependency files. Extra flags for a part: target-specific variables, as
#    $(O)/tools/lib/%.o: TOOLS_CFLAGS += $(NL_CFLAGS)
#  - a program adds itself to TOOLS, links with $(LINK), and lists its
#    libraries in LDLIBS:
#        TOOLS += $(O)/ipsecvif
#        $(O)/ipsecvif: LDLIBS += $(NL_LIBS) $(JSON_LIBS)
#        $(O)/ipsecvif: $(CTL_OBJS) $(O)/libipsecvif.a
#        	$(LINK)
#    a static library uses $(ARCHIVE) the same way;
#  - a unit test (cmocka) adds itself to UNIT_TESTS and is run from the
#    repository root with CMOCKA_MESSAGE_OUTPUT=TAP;
#  - a fragment may add files to INSTALL_MAN8, INSTALL_MAN5, INSTALL_MAN4,
#    INSTALL_SPEC, INSTALL_COMPLETION and INSTALL_UNIT (systemd, NAME.in);
#  - includes are written "uapi/linux/ipsecvif.h" -> <linux/ipsecvif.h>, and
#    others from the root: "tools/lib/genl.h" (-I. -Iuapi are set).
#
# Variables a user may set: O (output, default build), CC, CFLAGS, LDFLAGS,
# DESTDIR, PREFIX, KERNELS (versions or metapackage series to build and test
# for), KERNELBUILD (one kernel build tree for `make module`), VM=0 (tests and
# demo on the running kernel), V=1 (show commands), TESTS (names of selftests),
# JOBS (virtual machines at once).

O ?= build
CC ?= gcc
AR ?= ar
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
LDFLAGS ?=
PREFIX ?= /usr/local
KERNELS ?= 6.1 6.12
VM ?= 1
V ?= 0

ifneq ($(words $(O)),1)
$(error O must be one word: give a directory without a space in its name)
endif

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
export O KERNELS VM TESTS JOBS KERNELBUILD

ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
else
Q :=
say = @:
endif

# Warnings are errors for us; a packager with another compiler says WERROR=.
WERROR ?= -Werror
TOOLS_CPPFLAGS := -D_GNU_SOURCE -I. -Iuapi
TOOLS_CFLAGS := -std=gnu11 -Wall -Wextra $(WERROR) -Wmissing-prototypes \
	-Wstrict-prototypes -Wshadow -Wvla -Wwrite-strings -Wformat=2 \
	-fstack-protector-strong -fPIE
TOOLS_LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--as-needed

# One word for each library the project may use; empty while not installed,
# which scripts/deps reports in words.
pkg = $(shell $(PKG_CONFIG) $(1) $(2) 2>/dev/null)
NL_CFLAGS := $(call pkg,--cflags,libnl-3.0 libnl-genl-3.0 libnl-route-3.0)
NL_LIBS := $(call pkg,--libs,libnl-3.0 libnl-genl-3.0 libnl-route-3.0)
CRYPTO_CFLAGS := $(call pkg,--cflags,libcrypto)
CRYPTO_LIBS := $(call pkg,--libs,libcrypto)
SSL_CFLAGS := $(call pkg,--cflags,libssl)
SSL_LIBS := $(call pkg,--libs,libssl)
JSON_CFLAGS := $(call pkg,--cflags,json-c)
JSON_LIBS := $(call pkg,--libs,json-c)
SECCOMP_CFLAGS := $(call pkg,--cflags,libseccomp)
SECCOMP_LIBS := $(call pkg,--libs,libseccomp)
CAPNG_CFLAGS := $(call pkg,--cflags,libcap-ng)
CAPNG_LIBS := $(call pkg,--libs,libcap-ng)
CMOCKA_CFLAGS := $(call pkg,--cflags,cmocka)
CMOCKA_LIBS := $(call pkg,--libs,cmocka)

define LINK
$(call say,LINK,$@)
$(Q)mkdir -p $(@D)
$(Q)$(CC) $(CFLAGS) $(TOOLS_CFLAGS) $(LDFLAGS) $(TOOLS_LDFLAGS) -o $@ \
	$(filter %.o %.a,$^) $(LDLIBS)
endef

define ARCHIVE
$(call say,AR,$@)
$(Q)mkdir -p $(@D)
$(Q)rm -f $@
$(Q)$(AR) rcs $@ $(filter %.o,$^)
endef

TOOLS :=
TEST_TOOLS :=
UNIT_TESTS :=
INSTALL_MAN8 :=
INSTALL_MAN5 :=
INSTALL_MAN4 := Documentation/man/ipsecvif.4
INSTALL_SPEC :=
INSTALL_COMPLETION :=
INSTALL_UNIT :=
LDLIBS :=

# The default goal comes before what the fragments bring.
.PHONY: all
all:
	$(Q)scripts/deps --check build
	$(Q)$(MAKE) all-tools module

-include tools/lib/lib.mk
-include tools/ctl/ctl.mk
-include tools/keyer/keyer.mk
-include $(sort $(wildcard selftests/unit/*.mk))
-include selftests/lib/lib.mk
-include selftests/fuzz/fuzz.mk
-include selftests/bench/bench.mk

$(O)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TOOLS_CPPFLAGS) $(CFLAGS) $(TOOLS_CFLAGS) \
		-MMD -MP -c -o $@ $<

-include $(shell [ -d $(O) ] && find $(O) -name '*.d' -type f -not -path '$(O)/module/*')

.PHONY: all-tools test-tools unit-tests list-unit-tests module help
all-tools: $(TOOLS)
	@:
test-tools: $(TEST_TOOLS)
	@:
unit-tests: $(UNIT_TESTS)
	@:
list-unit-tests:
	@printf '%s\n' $(UNIT_TESTS)

# Every kernel whose build tree is at hand: the cache of scripts/kernel, and
# what is installed. Kbuild cannot build in a path with a space in it, so
# scripts/module stages the sources elsewhere; $(O)/module/VERSION/ipsecvif.ko
# is the result.
module:
	$(Q)scripts/module

.PHONY: deps demo demo-shell check check-unit check-vm check-uml check-debug lint
deps:
	$(Q)scripts/deps build demo check lint

demo:
	$(Q)scripts/deps build demo
	$(Q)selftests/demo

demo-shell:
	$(Q)scripts/deps build demo
	$(Q)selftests/demo --shell

check:
	$(Q)scripts/deps build check
	$(Q)selftests/run

check-unit:
	$(Q)scripts/deps build unit
	$(Q)selftests/run --unit

check-vm:
	$(Q)scripts/deps build check
	$(Q)selftests/run --vm

check-uml:
	$(Q)scripts/deps build uml
	$(Q)selftests/run --uml

check-debug:
	$(Q)scripts/deps build debug
	$(Q)selftests/run --debug

lint:
	$(Q)scripts/deps build lint
	$(Q)scripts/lint

.PHONY: clean
clean:
	rm -rf $(O)

include packaging/packaging.mk

help:
	@echo 'make                build the command, the daemon and the module'
	@echo 'make demo           show a live tunnel against strongSwan in a virtual machine'
	@echo 'make demo-shell     the same, and leave a prompt inside'
	@echo 'make check          all tests: units, then selftests on every kernel of KERNELS'
	@echo 'make check-unit     only the unit tests, on this machine'
	@echo 'make check-vm       only the selftests (TESTS="name ..." picks some)'
	@echo 'make check-uml      the selftests on user-mode Linux: the quick lane'
	@echo 'make check-debug    the same with KASAN, lockdep, kmemleak and more'
	@echo 'make bench          speed beside XFRM, WireGuard and nothing; QUICK=1 for less'
	@echo 'make bench-ike      handshakes beside charon, and 10,000 tunnels in one daemon'
	@echo 'make fuzz           libFuzzer targets, FUZZ_SECONDS=60 each (FUZZ="packet conf" picks some)'
	@echo 'make lint           clang-format, clang-tidy, sparse and W=1'
	@echo 'make module         only the module; all-tools: only command and daemon'
	@echo 'make install        DESTDIR and PREFIX are respected; install-module, install-dkms for the module'
	@echo 'make deb            Debian packages, held against lintian; check-deb installs them in a chroot'
	@echo 'make deps           install with apt what all of this needs'
	@echo 'VM=0 runs demo and check on the running kernel (root).'
