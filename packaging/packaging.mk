# SPDX-License-Identifier: MIT
#
# What `make install` installs beside the programs, and Debian's packages.
# After tools/*/*.mk: these name the programs and manual pages.

VERSION := $(shell sed -n 's/^\#define IPSECVIF_VERSION "\(.*\)"/\1/p' tools/keyer/version.h)
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
SYSTEMD_DIR ?= $(PREFIX)/lib/systemd/system
SYSUSERS_DIR ?= $(PREFIX)/lib/sysusers.d
TMPFILES_DIR ?= $(PREFIX)/lib/tmpfiles.d
# Where dkms(8) looks for sources.
DKMS_DIR ?= /usr/src

# $(call install-files,DIRECTORY,FILES): nothing for no files.
install-files = $(if $(2),install -d '$(DESTDIR)$(1)' && install -m 644 $(2) '$(DESTDIR)$(1)/')
# $(call install-filled,FILE.in,DIRECTORY): with its @WORDS@ filled in.
install-filled = install -d '$(DESTDIR)$(2)' && \
	sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@VERSION@|$(VERSION)|g' $(1) \
		>'$(DESTDIR)$(2)/$(basename $(notdir $(1)))' && \
	chmod 644 '$(DESTDIR)$(2)/$(basename $(notdir $(1)))'

# The module of one kernel goes in with `make install-module` (the running one
# unless KVER says otherwise), its source for dkms(8) with `make install-dkms`.
.PHONY: install install-module install-dkms
install: all-tools
	install -d '$(DESTDIR)$(SBINDIR)' '$(DESTDIR)$(SYSCONFDIR)/ipsecvif'
	install -d -m 700 '$(DESTDIR)$(SYSCONFDIR)/ipsecvif/secrets'
	install -m 755 $(TOOLS) '$(DESTDIR)$(SBINDIR)/'
	$(call install-files,$(PREFIX)/include/linux,uapi/linux/ipsecvif.h)
	$(call install-files,$(MANDIR)/man4,$(INSTALL_MAN4))
	$(call install-files,$(MANDIR)/man5,$(INSTALL_MAN5))
	$(call install-files,$(MANDIR)/man8,$(INSTALL_MAN8))
	$(call install-files,$(PREFIX)/share/ipsecvif,$(INSTALL_SPEC))
	$(call install-files,$(PREFIX)/share/bash-completion/completions,$(INSTALL_COMPLETION))
	$(foreach unit,$(INSTALL_UNIT),$(call install-filled,$(unit),$(SYSTEMD_DIR));)
	$(call install-files,$(SYSUSERS_DIR),packaging/sysusers/ipsecvif.conf)
	$(call install-files,$(TMPFILES_DIR),packaging/tmpfiles/ipsecvif.conf)
	$(call install-files,$(SYSCONFDIR)/iproute2/rt_protos.d,packaging/iproute2/ipsecvif.conf)

KVER ?= $(shell uname -r)
install-module:
	$(Q)scripts/module $(KVER)
	install -d '$(DESTDIR)/lib/modules/$(KVER)/updates'
	install -m 644 $(O)/module/$(KVER)/ipsecvif.ko '$(DESTDIR)/lib/modules/$(KVER)/updates/'
	$(if $(DESTDIR),,depmod $(KVER))

install-dkms:
	install -d '$(DESTDIR)$(DKMS_DIR)/ipsecvif-$(VERSION)'
	tar -cf - --sort=name --exclude='*.o' --exclude='*.ko' --exclude='*.mod*' \
		--exclude='.*' module uapi | \
		tar -xf - --no-same-owner -C '$(DESTDIR)$(DKMS_DIR)/ipsecvif-$(VERSION)'
	$(call install-filled,packaging/dkms/dkms.conf.in,$(DKMS_DIR)/ipsecvif-$(VERSION))

# Debian's packages, into $(O)/deb: ipsecvif, ipsecvif-dkms, ipsecvif-dev.
.PHONY: deb check-deb
deb:
	$(Q)scripts/deps build deb
	$(Q)scripts/deb

check-deb:
	$(Q)scripts/deps build deb check-deb
	$(Q)scripts/deb
	$(Q)selftests/packages
