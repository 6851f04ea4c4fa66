/* SPDX-License-Identifier: MIT */
/* What net.c, net_route.c and net_event.c share. */
#ifndef IPSECVIF_KEYER_KERNEL_NET_H
#define IPSECVIF_KEYER_KERNEL_NET_H

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "tools/keyer/kernel/kernel.h"

struct net {
	struct kernel *k;
	struct nl_sock *request, *events, *routes;
	struct loop_source *source, *routes_source;
	/* of the request under way */
	int err;
	int (*reply)(struct nlmsghdr *hdr, void *arg);
	void *reply_arg;
};

/**
 * net_talk() - send a request, hand its replies to @reply (unless NULL), and free it
 * @msg: NULL if there was no memory for it.
 * Return: 0 or a negative errno, with a sentence in the kernel's error.
 */
int net_talk(struct net *net, struct nl_msg *msg, int (*reply)(struct nlmsghdr *hdr, void *arg),
	     void *arg);
/** net_link_parse() - Return: false if it tells of no link. */
bool net_link_parse(struct nlmsghdr *hdr, struct kernel_link *link);
/** net_events_open() - Return: 0 or a negative errno; net_close() ends it. */
int net_events_open(struct net *net, struct loop *loop);

/** net_addr_len() - bytes of an address */
static inline int net_addr_len(uint16_t family)
{
	return family == AF_INET ? 4 : 16;
}

#endif /* IPSECVIF_KEYER_KERNEL_NET_H */
