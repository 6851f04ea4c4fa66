/* SPDX-License-Identifier: MIT */
/* The service manager's notifications, sd_notify(3). */
#ifndef IPSECVIF_KEYER_NOTIFY_H
#define IPSECVIF_KEYER_NOTIFY_H

/** notify_manager() - tell systemd, if it started us; @state as "READY=1". */
void notify_manager(const char *state);

#endif /* IPSECVIF_KEYER_NOTIFY_H */
