// SPDX-License-Identifier: MIT
/* rtnetlink: routes. */
#include "tools/keyer/kernel/net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct nl_msg *route_message(const struct conf_prefix *to, uint8_t type, uint8_t scope,
				    bool add)
{
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)to->addr.family,
		.rtm_dst_len = to->length,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = KERNEL_RTPROT,
		.rtm_scope = scope,
		.rtm_type = type,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWROUTE : RTM_DELROUTE,
						NLM_F_REQUEST | NLM_F_ACK |
							(add ? NLM_F_CREATE | NLM_F_EXCL : 0));

	if (!msg)
		return NULL;
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, net_addr_len(to->addr.family), to->addr.bytes);
	return msg;
}

int net_route(struct net *net, const struct kernel_route *route, bool add)
{
	const uint16_t family = route->to.addr.family;
	struct nl_msg *msg = route_message(&route->to, RTN_UNICAST,
					   family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
					   add);

	if (!msg)
		return net_talk(net, NULL, NULL, NULL);
	nla_put_u32(msg, RTA_OIF, route->ifindex);
	if (route->metric)
		nla_put_u32(msg, RTA_PRIORITY, route->metric);
	if (add && route->source.family == family)
		nla_put(msg, RTA_PREFSRC, net_addr_len(family), route->source.bytes);
	return net_talk(net, msg, NULL, NULL);
}

int net_block(struct net *net, const struct conf_prefix *to, bool add)
{
	struct nl_msg *msg = route_message(to, RTN_UNREACHABLE, RT_SCOPE_UNIVERSE, add);

	if (msg)
		nla_put_u32(msg, RTA_PRIORITY, KERNEL_BLOCK_METRIC);
	return net_talk(net, msg, NULL, NULL);
}

struct stale {
	unsigned int ifindex; /* 0: unreachable routes */
	struct kernel_route *routes;
	size_t n, room;
};

static int stale_reply(struct nlmsghdr *hdr, void *arg)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct stale *stale = arg;
	struct kernel_route *route;
	struct nlattr *tb[RTA_MAX + 1];
	int len = net_addr_len(rtm->rtm_family);

	if (hdr->nlmsg_type != RTM_NEWROUTE || rtm->rtm_protocol != KERNEL_RTPROT ||
	    nlmsg_parse(hdr, sizeof(*rtm), tb, RTA_MAX, NULL) < 0)
		return 0;
	if (stale->ifindex ? !tb[RTA_OIF] || nla_get_u32(tb[RTA_OIF]) != stale->ifindex :
			     rtm->rtm_type != RTN_UNREACHABLE)
		return 0;
	if (stale->n == stale->room) {
		stale->room = stale->room ? 2 * stale->room : 16;
		stale->routes = reallocarray(stale->routes, stale->room, sizeof(*route));
		if (!stale->routes)
			abort();
	}
	route = &stale->routes[stale->n++];
	*route = (struct kernel_route){ .ifindex = stale->ifindex };
	route->to.addr.family = rtm->rtm_family;
	route->to.length = rtm->rtm_dst_len;
	if (tb[RTA_DST] && nla_len(tb[RTA_DST]) == len)
		memcpy(route->to.addr.bytes, nla_data(tb[RTA_DST]), (size_t)len);
	if (tb[RTA_PRIORITY])
		route->metric = nla_get_u32(tb[RTA_PRIORITY]);
	return 0;
}

int net_routes_flush(struct net *net, unsigned int ifindex)
{
	struct stale stale = { .ifindex = ifindex };
	struct rtmsg rtm = { .rtm_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP);
	size_t i;
	int ret;

	if (msg)
		nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	ret = net_talk(net, msg, stale_reply, &stale);
	for (i = 0; i < stale.n; i++) {
		if (ifindex)
			net_route(net, &stale.routes[i], false);
		else
			net_block(net, &stale.routes[i].to, false);
	}
	free(stale.routes);
	return ret;
}

struct sought_source {
	struct ike_addr *source;
	unsigned int avoid;
	bool circular; /* the route leads into the tunnel */
};

static int source_reply(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct sought_source *sought = arg;
	int len = net_addr_len(rtm->rtm_family);

	if (hdr->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(hdr, sizeof(*rtm), tb, RTA_MAX, NULL) < 0 || !tb[RTA_PREFSRC] ||
	    nla_len(tb[RTA_PREFSRC]) != len)
		return 0;
	if (sought->avoid && tb[RTA_OIF] && nla_get_u32(tb[RTA_OIF]) == sought->avoid) {
		sought->circular = true;
		return 0;
	}
	sought->source->family = rtm->rtm_family;
	memcpy(sought->source->bytes, nla_data(tb[RTA_PREFSRC]), (size_t)len);
	return 0;
}

int net_source(struct net *net, const struct kernel_lookup *lookup, struct ike_addr *source)
{
	struct sought_source sought = { .source = source, .avoid = lookup->avoid };
	int len = net_addr_len(lookup->to.family), ret;
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)lookup->to.family,
		.rtm_dst_len = (uint8_t)(8 * len),
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_ACK);

	memset(source, 0, sizeof(*source));
	if (!msg)
		return net_talk(net, NULL, NULL, NULL);
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, len, lookup->to.bytes);
	if (lookup->fwmark)
		nla_put_u32(msg, RTA_MARK, lookup->fwmark);
	if (lookup->underlay)
		nla_put_u32(msg, RTA_OIF, lookup->underlay);
	ret = net_talk(net, msg, source_reply, &sought);
	if (!ret && !source->family) {
		snprintf(net->k->error, sizeof(net->k->error), "%s",
			 sought.circular ? "it leads into the tunnel itself" :
					   "the route has no source address");
		return -EADDRNOTAVAIL;
	}
	return ret;
}
