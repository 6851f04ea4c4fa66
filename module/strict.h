/* SPDX-License-Identifier: GPL-2.0-only */
/* The refusal of clear text for what a device protects, RFC 4301 5.2. */
#ifndef IPSECVIF_STRICT_H
#define IPSECVIF_STRICT_H

#include <linux/netfilter.h>

struct ipsecvif_dev;

/**
 * struct ipsecvif_strict - a device's refusal of clear text
 * @on: as the operator wants it; by RTNL
 * @net: namespace that @ops are registered in, NULL when they are not; by RTNL
 * @ops: hooks, IPv4 and IPv6
 */
struct ipsecvif_strict {
	bool on;
	struct net *net;
	struct nf_hook_ops ops[2];
};

/* strict.c */
int ipsecvif_strict_set(struct ipsecvif_dev *vif, bool on);
void ipsecvif_strict_register(struct ipsecvif_dev *vif);
void ipsecvif_strict_unregister(struct ipsecvif_dev *vif);

#endif /* IPSECVIF_STRICT_H */
