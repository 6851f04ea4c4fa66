/* SPDX-License-Identifier: GPL-2.0-only */
/* The route to an SA's peer. */
#ifndef IPSECVIF_ROUTE_H
#define IPSECVIF_ROUTE_H

#include <net/dst.h>

struct ipsecvif_addr;
struct ipsecvif_sa;

/* route.c */
struct dst_entry *ipsecvif_route_find(struct ipsecvif_sa *sa, struct ipsecvif_addr *saddr);
void ipsecvif_route_reset(struct ipsecvif_sa *sa);

#endif /* IPSECVIF_ROUTE_H */
