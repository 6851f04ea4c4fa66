/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMPv6 errors about AH, which the stack does not hand to AH. */
#ifndef IPSECVIF_WATCH_H
#define IPSECVIF_WATCH_H

#include <linux/netfilter.h>

struct ipsecvif_net;

/**
 * struct ipsecvif_watch - of an underlay
 * @ops: the hook, while there are @users
 * @users: outbound SAs of AH
 */
struct ipsecvif_watch {
	struct nf_hook_ops ops;
	unsigned int users;
};

/* watch.c */
int ipsecvif_watch_get(struct ipsecvif_net *inet);
void ipsecvif_watch_put(struct ipsecvif_net *inet);

#endif /* IPSECVIF_WATCH_H */
