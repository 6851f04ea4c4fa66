/* SPDX-License-Identifier: GPL-2.0-only */
/* ESP in UDP, RFC 3948: sockets that the keyer shares with us. */
#ifndef IPSECVIF_UDP_H
#define IPSECVIF_UDP_H

#include <linux/netlink.h>
#include <linux/skbuff.h>

struct ipsecvif_net;
struct net;

/* udp.c */
int ipsecvif_udp_attach(struct net *net, int fd, struct netlink_ext_ack *extack);
int ipsecvif_udp_detach(struct net *net, int fd, struct netlink_ext_ack *extack);
void ipsecvif_udp_net_exit(struct ipsecvif_net *inet);

#endif /* IPSECVIF_UDP_H */
