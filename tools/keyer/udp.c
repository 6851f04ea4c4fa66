// SPDX-License-Identifier: MIT
/* UDP for IKE. */
#include "tools/keyer/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	UDP_MARKER = 4,
	UDP_BUFFER = 1024 * 1024
};

static int option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* IKE of this daemon must pass whatever policies another has put into XFRM. */
static void policy_bypass(int fd, uint16_t family)
{
	struct xfrm_userpolicy_info policy = {
		.sel.family = family,
		.action = XFRM_POLICY_ALLOW,
	};
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int name = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

	/* Without XFRM in the kernel there are no policies either. */
	policy.dir = XFRM_POLICY_IN;
	setsockopt(fd, level, name, &policy, sizeof(policy));
	policy.dir = XFRM_POLICY_OUT;
	setsockopt(fd, level, name, &policy, sizeof(policy));
}

static socklen_t sockaddr_set(struct sockaddr_storage *ss, const struct ike_addr *addr)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (addr->family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(addr->port);
		memcpy(&in->sin_addr, addr->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(addr->port);
	memcpy(&in6->sin6_addr, addr->bytes, 16);
	return sizeof(*in6);
}

static void sockaddr_get(const struct sockaddr_storage *ss, struct ike_addr *addr)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

	memset(addr, 0, sizeof(*addr));
	addr->family = ss->ss_family;
	if (ss->ss_family == AF_INET) {
		addr->port = ntohs(in->sin_port);
		memcpy(addr->bytes, &in->sin_addr, 4);
	} else {
		addr->port = ntohs(in6->sin6_port);
		memcpy(addr->bytes, &in6->sin6_addr, 16);
	}
}

int udp_open(uint16_t family, uint16_t port, char *err, size_t err_len)
{
	struct ike_addr any = { .family = family, .port = port };
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_set(&ss, &any);
	int fd, ret;

	fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	if (fd < 0)
		goto fail;
	if (family == AF_INET) {
		if (option(fd, IPPROTO_IP, IP_PKTINFO, 1) < 0)
			goto fail;
		/* An IKE message that is too large is better fragmented than lost. */
		option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	} else {
		if (option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0 ||
		    option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) < 0)
			goto fail;
		option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
	}
	option(fd, SOL_SOCKET, SO_RCVBUFFORCE, UDP_BUFFER);
	policy_bypass(fd, family);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		goto fail;
	return fd;
fail:
	ret = -errno;
	snprintf(err, err_len, "UDP port %u cannot be used: %s%s", port, strerror(errno),
		 errno == EADDRINUSE ? "; does another IKE daemon run here?" : "");
	if (fd >= 0)
		close(fd);
	return ret;
}

static bool local_get(struct msghdr *msg, uint16_t port, struct ike_addr *local)
{
	struct cmsghdr *cmsg;
	struct in_pktinfo info;
	struct in6_pktinfo info6;

	memset(local, 0, sizeof(*local));
	local->port = port;
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			local->family = AF_INET;
			memcpy(local->bytes, &info.ipi_addr, 4);
		} else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(cmsg), sizeof(info6));
			local->family = AF_INET6;
			memcpy(local->bytes, &info6.ipi6_addr, 16);
		}
	}
	return local->family != 0;
}

int udp_receive(int fd, bool natt, uint16_t local_port, uint8_t *buf, size_t size,
		struct ike_ev_packet *packet)
{
	static const uint8_t marker[UDP_MARKER];
	struct sockaddr_storage from;
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo)) * 2];
	struct iovec iov = { buf, size };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len;

	len = recvmsg(fd, &msg, 0);
	/* An ICMP error of an earlier packet is told once; the next call goes on. */
	if (len < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
	if ((msg.msg_flags & MSG_TRUNC) || !local_get(&msg, local_port, &packet->local))
		return 0;
	sockaddr_get(&from, &packet->remote);
	packet->natt = natt;
	packet->data = buf;
	packet->len = (size_t)len;
	if (!natt)
		return 1;
	if (len < UDP_MARKER || memcmp(buf, marker, UDP_MARKER) != 0)
		return 0;
	packet->data += UDP_MARKER;
	packet->len -= UDP_MARKER;
	return 1;
}

int udp_send(int fd, const struct ike_fx_send *send, bool natt)
{
	static const uint8_t marker[UDP_MARKER];
	struct sockaddr_storage to;
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct iovec iov[2] = { { (void *)marker, UDP_MARKER }, { (void *)send->data, send->len } };
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sockaddr_set(&to, &send->remote),
		.msg_iov = natt ? iov : iov + 1,
		.msg_iovlen = natt ? 2 : 1,
	};
	struct in_pktinfo info = { 0 };
	struct in6_pktinfo info6 = { 0 };
	struct cmsghdr *cmsg = (struct cmsghdr *)control;

	if (send->local.family == AF_INET) {
		memcpy(&info.ipi_spec_dst, send->local.bytes, 4);
		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
		msg.msg_control = control;
	} else if (send->local.family == AF_INET6) {
		memcpy(&info6.ipi6_addr, send->local.bytes, 16);
		cmsg->cmsg_level = IPPROTO_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(cmsg), &info6, sizeof(info6));
		msg.msg_controllen = CMSG_SPACE(sizeof(info6));
		msg.msg_control = control;
	}
	return sendmsg(fd, &msg, 0) < 0 ? -errno : 0;
}
