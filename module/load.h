/* SPDX-License-Identifier: GPL-2.0-only */
/* How busy the CPUs are, and whether they help each other. */
#ifndef IPSECVIF_LOAD_H
#define IPSECVIF_LOAD_H

#include <linux/types.h>

enum ipsecvif_load_mode {
	IPSECVIF_LOAD_NEVER,
	IPSECVIF_LOAD_AUTO,
	IPSECVIF_LOAD_ALWAYS,
};

enum ipsecvif_load_mode ipsecvif_load_mode(void);
bool ipsecvif_load_full(void);
bool ipsecvif_load_gives(void);
int ipsecvif_load_helper(void);

#endif /* IPSECVIF_LOAD_H */
