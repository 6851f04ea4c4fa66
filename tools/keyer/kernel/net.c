// SPDX-License-Identifier: MIT
/* rtnetlink: requests; links and addresses. */
#include "tools/keyer/kernel/net.h"

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

int net_talk(struct net *net, struct nl_msg *msg, int (*reply)(struct nlmsghdr *hdr, void *arg),
	     void *arg)
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

bool net_link_parse(struct nlmsghdr *hdr, struct kernel_link *link)
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
		net_link_parse(hdr, arg);
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
	nla_put(msg, IFA_LOCAL, net_addr_len(address->addr.family), address->addr.bytes);
	nla_put(msg, IFA_ADDRESS, net_addr_len(address->addr.family), address->addr.bytes);
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
	const size_t len = (size_t)net_addr_len(addr->family);
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
	if (!nla || nla_len(nla) != net_addr_len(ifa->ifa_family) ||
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

struct net *net_open(struct loop *loop, struct kernel *k, char *err, size_t err_len)
{
	struct net *net = calloc(1, sizeof(*net));
	int one = 1;

	if (!net)
		return NULL;
	net->k = k;
	net->request = nl_socket_alloc();
	if (!net->request || nl_connect(net->request, NETLINK_ROUTE) ||
	    net_events_open(net, loop)) {
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
