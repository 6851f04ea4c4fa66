// SPDX-License-Identifier: MIT
/* rtnetlink: what happens to links, addresses and routes. */
#include "tools/keyer/kernel/net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>

enum {
	NET_EVENTS_BUFFER = 1024 * 1024
};

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
		if (net_link_parse(hdr, &link))
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
		if (!nla || nla_len(nla) != net_addr_len(ifa->ifa_family))
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
int net_events_open(struct net *net, struct loop *loop)
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
