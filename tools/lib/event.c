// SPDX-License-Identifier: MIT
/*
 * Events: a socket of its own in the multicast group, read without blocking.
 * Plain recvmsg() rather than libnl's loop, which cannot tell ENOBUFS (events
 * were lost, go on) from other failures.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/genl/genl.h>

#include "tools/lib/internal.h"

/* Room in the socket for a burst, such as a flush of many SAs. */
#define EVENT_SOCKET_BUFFER (4 << 20)
/* Datagrams handed out by one dispatch, so that a flood can't hold its caller. */
#define EVENT_BATCH 256

/**
 * struct ipsecvif_events - a subscription
 * @fd: the socket.
 * @family: the family's number.
 * @buffer: receives a datagram; the largest event is an SA with its selectors.
 */
struct ipsecvif_events {
	int fd;
	int family;
	char buffer[1 << 16] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* Join the group; returns 0 or a negative errno. */
static int events_join(int fd, int group)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	int size = EVENT_SOCKET_BUFFER;

	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	/* Beyond the system's limit it needs CAP_NET_ADMIN: take what there is. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

int ipsecvif_events_open(struct ipsecvif_client *client, struct ipsecvif_events **eventsp)
{
	struct ipsecvif_events *events;
	int group, err;

	*eventsp = NULL;
	events = calloc(1, sizeof(*events));
	if (!events)
		return client_fail(client, -ENOMEM, "%s", strerror(ENOMEM));
	events->family = client_family(client, &group);
	events->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	err = events->fd < 0 ? -errno : events_join(events->fd, group);
	if (err) {
		ipsecvif_events_close(events);
		return client_fail(client, err, "cannot subscribe to the module's events: %s",
				   strerror(-err));
	}
	*eventsp = events;
	return 0;
}

int ipsecvif_events_fd(const struct ipsecvif_events *events)
{
	return events->fd;
}

void ipsecvif_events_close(struct ipsecvif_events *events)
{
	if (!events)
		return;
	if (events->fd >= 0)
		close(events->fd);
	free(events);
}

static bool is_event(uint8_t cmd)
{
	return cmd >= IPSECVIF_CMD_ACQUIRE_NTF;
}

static int parse_event_nests(struct nlattr **tb, struct ipsecvif_event *event)
{
	int err = 0;

	if (tb[IPSECVIF_A_SA]) {
		err = parse_sa(tb[IPSECVIF_A_SA], &event->sa);
		event->has_sa = !err;
	}
	if (!err && tb[IPSECVIF_A_SELECTOR]) {
		err = parse_selector(tb[IPSECVIF_A_SELECTOR], &event->selector);
		event->has_selector = !err;
	}
	if (!err && tb[IPSECVIF_A_PACKET_SELECTOR]) {
		err = parse_selector(tb[IPSECVIF_A_PACKET_SELECTOR], &event->packet);
		event->has_packet = !err;
	}
	return err;
}

int parse_event(uint8_t cmd, struct nlattr *attr, int len, struct ipsecvif_event *event)
{
	static const struct nla_policy policy[IPSECVIF_A_MAX + 1] = {
		[IPSECVIF_A_IFINDEX] = { .type = NLA_U32 },
		[IPSECVIF_A_IFNAME] = { .type = NLA_STRING },
		[IPSECVIF_A_LIMIT] = { .type = NLA_U8 },
		[IPSECVIF_A_NEW_SPORT] = { .type = NLA_U16 },
		[IPSECVIF_A_COUNT] = { .type = NLA_U64 },
		[IPSECVIF_A_CARRIER] = { .type = NLA_U8 },
	};
	struct nlattr *tb[IPSECVIF_A_MAX + 1];

	memset(event, 0, sizeof(*event));
	event->cmd = cmd;
	if (nla_parse(tb, IPSECVIF_A_MAX, attr, len, policy) ||
	    parse_addr(tb[IPSECVIF_A_NEW_SRC], &event->new_src))
		return -EBADMSG;
	if (tb[IPSECVIF_A_IFINDEX])
		event->ifindex = nla_get_u32(tb[IPSECVIF_A_IFINDEX]);
	if (tb[IPSECVIF_A_IFNAME])
		nla_strlcpy(event->ifname, tb[IPSECVIF_A_IFNAME], sizeof(event->ifname));
	if (tb[IPSECVIF_A_LIMIT])
		event->limit = nla_get_u8(tb[IPSECVIF_A_LIMIT]);
	event->hard = tb[IPSECVIF_A_HARD];
	if (tb[IPSECVIF_A_NEW_SPORT])
		event->new_sport = ntohs(nla_get_u16(tb[IPSECVIF_A_NEW_SPORT]));
	if (tb[IPSECVIF_A_COUNT])
		event->count = nla_get_u64(tb[IPSECVIF_A_COUNT]);
	if (tb[IPSECVIF_A_CARRIER])
		event->carrier = nla_get_u8(tb[IPSECVIF_A_CARRIER]);
	return parse_event_nests(tb, event);
}

/* Hand out the events of one datagram; returns their number. */
static int datagram_dispatch(struct ipsecvif_events *events, int len, ipsecvif_event_fn *fn,
			     void *arg)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)events->buffer;
	int n = 0;

	for (; nlmsg_ok(hdr, len); hdr = nlmsg_next(hdr, &len)) {
		struct ipsecvif_event event;
		struct genlmsghdr *genl;

		if (hdr->nlmsg_type != events->family || !genlmsg_valid_hdr(hdr, 0))
			continue;
		genl = nlmsg_data(hdr);
		if (!is_event(genl->cmd))
			continue;
		if (!parse_event(genl->cmd, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0),
				 &event)) {
			fn(&event, arg);
			n++;
		}
		ipsecvif_sa_fini(&event.sa);
	}
	return n;
}

int ipsecvif_events_dispatch(struct ipsecvif_events *events, ipsecvif_event_fn *fn, void *arg)
{
	int batch, n = 0;

	for (batch = 0; batch < EVENT_BATCH; batch++) {
		struct iovec iov = { events->buffer, sizeof(events->buffer) };
		struct sockaddr_nl from = { 0 };
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1 };
		ssize_t len = recvmsg(events->fd, &msg, MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno == EAGAIN ? n : -errno;
		/* Only the kernel is port 0; anyone may write to our socket. */
		if (from.nl_pid)
			continue;
		if (msg.msg_flags & MSG_TRUNC)
			return -ENOBUFS;
		n += datagram_dispatch(events, (int)len, fn, arg);
	}
	return n;
}
