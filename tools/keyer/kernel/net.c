// SPDX-License-Identifier: MIT
/* rtnetlink: links, addresses, routes, and what happens to them. */
#include "tools/keyer/kernel/kernel.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NET_EVENTS_BUFFER = 1024 * 1024
};

struct net {
	struct kernel *k;
	struct nl_sock *request, *events, *routes;
	struct loop_source *source, *routes_source;
	/* of the request under way */
	int err;
	int (*reply)(struct nlmsghdr *hdr, void *arg);
	void *reply_arg;
};

/* --- requests --- */

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	const struct nlmsghdr *hdr = (const struct nlmsghdr *)((const char *)err - NLMSG_HDRLEN);
	struct net *net = arg;
	const struct nlattr *text = NULL;
	int skip = (int)sizeof(*err), len;

	(void)from;
	net->err = err->error;
	/* The kernel's sentence follows what it sends back of the request. */
	if (hdr->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
			skip += (int)(err->msg.nlmsg_len - sizeof(err->msg));
		len = (int)hdr->nlmsg_len - NLMSG_HDRLEN - (int)NLMSG_ALIGN((unsigned int)skip);
		if (len > 0)
			text = nla_find((const struct nlattr *)((const char *)err +
								NLMSG_ALIGN((unsigned int)skip)),
					len, NLMSGERR_ATTR_MSG);
	}
	if (text)
		snprintf(net->k->error, sizeof(net->k->error), "%.*s", nla_len(text),
			 (const char *)nla_data(text));
	else
		snprintf(net->k->error, sizeof(net->k->error), "%s", strerror(-err->error));
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct net *net = arg;

	if (net->reply)
		net->reply(nlmsg_hdr(msg), net->reply_arg);
	return NL_OK;
}

static int on_done(struct nl_msg *msg, void *arg)
{
	(void)msg;
	*(bool *)arg = true;
	return NL_STOP;
}

/* Sends a request, hands its replies to @reply, and frees it. */
static int net_talk(struct net *net, struct nl_msg *msg,
		    int (*reply)(struct nlmsghdr *hdr, void *arg), void *arg)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	bool done = false;
	int ret;

	if (!cb || !msg) {
		nlmsg_free(msg);
		nl_cb_put(cb);
		snprintf(net->k->error, sizeof(net->k->error), "out of memory");
		return -ENOMEM;
	}
	net->err = 0;
	net->k->error[0] = '\0';
	net->reply = reply;
	net->reply_arg = arg;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, net);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, net);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_done, &done);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_done, &done);
	ret = nl_send_auto(net->request, msg);
	while (ret >= 0 && !done && !net->err)
		ret = nl_recvmsgs(net->request, cb);
	nl_cb_put(cb);
	nlmsg_free(msg);
	if (net->err)
		return net->err;
	if (ret < 0) {
		snprintf(net->k->error, sizeof(net->k->error), "rtnetlink: %s", nl_geterror(ret));
		return -EIO;
	}
	return 0;
}

static struct nl_msg *link_message(int type, int flags, unsigned int ifindex, bool up)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags | NLM_F_REQUEST | NLM_F_ACK);

	if (up)
		ifi.ifi_flags = ifi.ifi_change = IFF_UP;
	if (msg && nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* --- links --- */

static bool link_parse(struct nlmsghdr *hdr, struct kernel_link *link)
{
	const struct ifinfomsg *ifi = nlmsg_data(hdr);
	struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];

	memset(link, 0, sizeof(*link));
	if (nlmsg_parse(hdr, sizeof(*ifi), tb, IFLA_MAX, NULL) < 0 || !tb[IFLA_IFNAME])
		return false;
	link->ifindex = (unsigned int)ifi->ifi_index;
	link->up = ifi->ifi_flags & IFF_UP;
	link->mtu = tb[IFLA_MTU] ? nla_get_u32(tb[IFLA_MTU]) : 0;
	nla_strlcpy(link->name, tb[IFLA_IFNAME], sizeof(link->name));
	link->made = tb[IFLA_IFALIAS] && !nla_strcmp(tb[IFLA_IFALIAS], KERNEL_ALIAS);
	if (tb[IFLA_LINKINFO] && !nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) &&
	    info[IFLA_INFO_KIND])
		link->ours = !nla_strcmp(info[IFLA_INFO_KIND], IPSECVIF_LINK_KIND);
	return true;
}

static int link_reply(struct nlmsghdr *hdr, void *arg)
{
	if (hdr->nlmsg_type == RTM_NEWLINK)
		link_parse(hdr, arg);
	return 0;
}

int net_link_get(struct net *net, const char *name, unsigned int ifindex, struct kernel_link *link)
{
	struct nl_msg *msg = link_message(RTM_GETLINK, 0, name ? 0 : ifindex, false);
	int ret;

	memset(link, 0, sizeof(*link));
	if (msg && name)
		nla_put_string(msg, IFLA_IFNAME, name);
	ret = net_talk(net, msg, link_reply, link);
	return ret == -ENODEV ? 0 : ret;
}

int net_link_create(struct net *net, const char *name)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, false);
	struct nlattr *info;
	int ret;

	if (!msg)
		return net_talk(net, NULL, NULL, NULL);
	nla_put_string(msg, IFLA_IFNAME, name);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (info) {
		nla_put_string(msg, IFLA_INFO_KIND, IPSECVIF_LINK_KIND);
		nla_nest_end(msg, info);
	}
	ret = net_talk(net, msg, NULL, NULL);
	if (ret)
		return ret;
	/* The kernel takes an alias only of a link that exists. */
	msg = link_message(RTM_NEWLINK, 0, 0, false);
	if (msg) {
		nla_put_string(msg, IFLA_IFNAME, name);
		nla_put_string(msg, IFLA_IFALIAS, KERNEL_ALIAS);
	}
	return net_talk(net, msg, NULL, NULL);
}

int net_link_delete(struct net *net, unsigned int ifindex)
{
	return net_talk(net, link_message(RTM_DELLINK, 0, ifindex, false), NULL, NULL);
}

int net_link_up(struct net *net, unsigned int ifindex)
{
	return net_talk(net, link_message(RTM_NEWLINK, 0, ifindex, true), NULL, NULL);
}

int net_link_mtu(struct net *net, unsigned int ifindex, uint32_t mtu)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex, false);

	if (msg)
		nla_put_u32(msg, IFLA_MTU, mtu);
	return net_talk(net, msg, NULL, NULL);
}

/* --- addresses --- */

static int addr_len(uint16_t family)
{
	return family == AF_INET ? 4 : 16;
}

int net_address(struct net *net, unsigned int ifindex, const struct conf_prefix *address, bool add)
{
	struct ifaddrmsg ifa = {
		.ifa_family = (uint8_t)address->addr.family,
		.ifa_prefixlen = address->length,
		.ifa_index = ifindex,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWADDR : RTM_DELADDR,
						NLM_F_REQUEST | NLM_F_ACK |
							(add ? NLM_F_CREATE | NLM_F_EXCL : 0));

	if (!msg)
		return net_talk(net, NULL, NULL, NULL);
	nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
	nla_put(msg, IFA_LOCAL, addr_len(address->addr.family), address->addr.bytes);
	nla_put(msg, IFA_ADDRESS, addr_len(address->addr.family), address->addr.bytes);
	/* Nobody else can be on a tunnel: no duplicate address detection. */
	if (address->addr.family == AF_INET6)
		nla_put_u32(msg, IFA_FLAGS, IFA_F_NODAD);
	return net_talk(net, msg, NULL, NULL);
}

/** struct within - which addresses of this machine are looked for: of one interface, or in @ts */
struct within {
	unsigned int ifindex;
	const struct ike_ts *ts;
	size_t n;
	uint16_t family; /* 0 both */
	struct ike_addr *found;
	size_t n_found, max;
};

static bool within_has(const struct within *within, unsigned int ifindex,
		       const struct ike_addr *addr)
{
	const size_t len = (size_t)addr_len(addr->family);
	size_t i;

	if (within->ifindex)
		return ifindex == within->ifindex;
	/* A whole address family is no network of ours in particular. */
	for (i = 0; i < within->n; i++)
		if (within->ts[i].family == addr->family &&
		    memcmp(addr->bytes, within->ts[i].min, len) >= 0 &&
		    memcmp(addr->bytes, within->ts[i].max, len) <= 0)
			return true;
	return false;
}

static int within_reply(struct nlmsghdr *hdr, void *arg)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct within *within = arg;
	struct nlattr *tb[IFA_MAX + 1], *nla;
	struct ike_addr addr = { 0 };
	uint32_t flags;

	if (hdr->nlmsg_type != RTM_NEWADDR || within->n_found == within->max ||
	    (within->family && ifa->ifa_family != within->family) ||
	    nlmsg_parse(hdr, sizeof(*ifa), tb, IFA_MAX, NULL) < 0)
		return 0;
	nla = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : ifa->ifa_flags;
	if (!nla || nla_len(nla) != addr_len(ifa->ifa_family) ||
	    (flags & (IFA_F_TENTATIVE | IFA_F_DEPRECATED)) || ifa->ifa_scope >= RT_SCOPE_LINK)
		return 0;
	addr.family = ifa->ifa_family;
	memcpy(addr.bytes, nla_data(nla), (size_t)nla_len(nla));
	if (within_has(within, ifa->ifa_index, &addr))
		within->found[within->n_found++] = addr;
	return 0;
}

static size_t addresses_find(struct net *net, struct within *within)
{
	struct ifaddrmsg ifa = { .ifa_family = (uint8_t)within->family };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);

	if (msg)
		nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
	return net_talk(net, msg, within_reply, within) ? 0 : within->n_found;
}

bool net_address_within(struct net *net, const struct ike_ts *ts, size_t n, uint16_t family,
			struct ike_addr *address)
{
	struct within within = { .ts = ts, .n = n, .family = family, .found = address, .max = 1 };

	return addresses_find(net, &within);
}

size_t net_addresses_of(struct net *net, const char *name, struct ike_addr *addrs, size_t max)
{
	struct within within = { .ifindex = if_nametoindex(name), .found = addrs, .max = max };

	return within.ifindex ? addresses_find(net, &within) : 0;
}

/* --- routes --- */

int net_route(struct net *net, const struct kernel_route *route, bool add)
{
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)route->to.addr.family,
		.rtm_dst_len = route->to.length,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = KERNEL_RTPROT,
		.rtm_scope = route->to.addr.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWROUTE : RTM_DELROUTE,
						NLM_F_REQUEST | NLM_F_ACK |
							(add ? NLM_F_CREATE | NLM_F_EXCL : 0));
	int len = addr_len(route->to.addr.family);

	if (!msg)
		return net_talk(net, NULL, NULL, NULL);
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, len, route->to.addr.bytes);
	nla_put_u32(msg, RTA_OIF, route->ifindex);
	if (route->metric)
		nla_put_u32(msg, RTA_PRIORITY, route->metric);
	if (add && route->source.family == route->to.addr.family)
		nla_put(msg, RTA_PREFSRC, len, route->source.bytes);
	return net_talk(net, msg, NULL, NULL);
}

int net_block(struct net *net, const struct conf_prefix *to, bool add)
{
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)to->addr.family,
		.rtm_dst_len = to->length,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = KERNEL_RTPROT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNREACHABLE,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(add ? RTM_NEWROUTE : RTM_DELROUTE,
						NLM_F_REQUEST | NLM_F_ACK |
							(add ? NLM_F_CREATE | NLM_F_EXCL : 0));

	if (!msg)
		return net_talk(net, NULL, NULL, NULL);
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	nla_put(msg, RTA_DST, addr_len(to->addr.family), to->addr.bytes);
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
	int len = addr_len(rtm->rtm_family);

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
	int len = addr_len(rtm->rtm_family);

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
	int len = addr_len(lookup->to.family), ret;
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

/* --- events --- */

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct net *net = arg;
	const struct ifaddrmsg *ifa;
	struct kernel_link link;
	struct ike_addr addr = { 0 };
	struct nlattr *tb[IFA_MAX + 1], *nla;

	switch (hdr->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (link_parse(hdr, &link))
			net->k->handler.link(net->k->handler.arg, &link);
		break;
	case RTM_NEWADDR:
		net->k->handler.paths(net->k->handler.arg);
		break;
	case RTM_DELADDR:
		ifa = nlmsg_data(hdr);
		if (nlmsg_parse(hdr, sizeof(*ifa), tb, IFA_MAX, NULL) < 0)
			break;
		nla = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
		if (!nla || nla_len(nla) != addr_len(ifa->ifa_family))
			break;
		addr.family = ifa->ifa_family;
		memcpy(addr.bytes, nla_data(nla), (size_t)nla_len(nla));
		net->k->handler.address_lost(net->k->handler.arg, &addr);
		net->k->handler.paths(net->k->handler.arg);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (((const struct rtmsg *)nlmsg_data(hdr))->rtm_protocol != KERNEL_RTPROT)
			net->k->handler.paths(net->k->handler.arg);
		break;
	}
	return NL_OK;
}

/* Return: was something lost, since there was more than the socket holds? */
static bool events_drain(struct nl_sock *socket)
{
	int ret;

	do
		ret = nl_recvmsgs_default(socket);
	while (!ret);
	return ret == -NLE_NOMEM;
}

static void events_ready(uint32_t events, void *arg)
{
	struct net *net = arg;

	(void)events;
	if (events_drain(net->events))
		net->k->handler.overrun(net->k->handler.arg);
}

/* What of them was lost may have been anything: look anew is all that follows. */
static void routes_ready(uint32_t events, void *arg)
{
	struct net *net = arg;

	(void)events;
	if (events_drain(net->routes))
		net->k->handler.paths(net->k->handler.arg);
}

static struct nl_sock *events_socket(struct net *net)
{
	struct nl_sock *socket = nl_socket_alloc();

	if (!socket)
		return NULL;
	nl_socket_disable_seq_check(socket);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_event, net);
	if (!nl_connect(socket, NETLINK_ROUTE) && !nl_socket_set_nonblocking(socket))
		return socket;
	nl_socket_free(socket);
	return NULL;
}

/* Routes apart: where there are many, their events must not crowd out the others. */
static int events_open(struct net *net, struct loop *loop)
{
	net->events = events_socket(net);
	net->routes = events_socket(net);
	if (!net->events || !net->routes ||
	    nl_socket_add_memberships(net->events, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR, 0) ||
	    nl_socket_add_memberships(net->routes, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, 0))
		return -EIO;
	nl_socket_set_buffer_size(net->events, NET_EVENTS_BUFFER, 0);
	net->source = loop_add(loop, nl_socket_get_fd(net->events), EPOLLIN, events_ready, net);
	net->routes_source =
		loop_add(loop, nl_socket_get_fd(net->routes), EPOLLIN, routes_ready, net);
	return net->source && net->routes_source ? 0 : -errno;
}

struct net *net_open(struct loop *loop, struct kernel *k, char *err, size_t err_len)
{
	struct net *net = calloc(1, sizeof(*net));
	int one = 1;

	if (!net)
		return NULL;
	net->k = k;
	net->request = nl_socket_alloc();
	if (!net->request || nl_connect(net->request, NETLINK_ROUTE) || events_open(net, loop)) {
		snprintf(err, err_len, "rtnetlink cannot be opened: %s", strerror(errno));
		net_close(net);
		return NULL;
	}
	/* Without these the kernel refuses with a number instead of a sentence. */
	setsockopt(nl_socket_get_fd(net->request), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(net->request), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return net;
}

void net_close(struct net *net)
{
	if (!net)
		return;
	loop_remove(net->source);
	loop_remove(net->routes_source);
	nl_socket_free(net->events);
	nl_socket_free(net->routes);
	nl_socket_free(net->request);
	free(net);
}
