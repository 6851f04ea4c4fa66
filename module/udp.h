/* SPDX-License-Identifier: GPL-2.0-only */
/* ESP in UDP, RFC 3948: sockets that the keyer shares with us. */
#ifndef IPSECVIF_UDP_H
#define IPSECVIF_UDP_H

#include <linux/netlink.h>
#include <linux/skbuff.h>

struct ipsecvif_net;
struct ipsecvif_sa;
struct net;

/* udp.c */
int ipsecvif_udp_attach(struct net *net, int fd, struct netlink_ext_ack *extack);
int ipsecvif_udp_detach(struct net *net, int fd, struct netlink_ext_ack *extack);
void ipsecvif_udp_net_exit(struct ipsecvif_net *inet);

/* input.c */
struct ipsecvif_sa *ipsecvif_input_claim(struct net *net, struct sk_buff *skb, u8 proto, __be32 spi,
					 bool *dropped);

#endif /* IPSECVIF_UDP_H */
