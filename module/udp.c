// SPDX-License-Identifier: GPL-2.0-only
/*
 * ESP in UDP (RFC 3948). The keyer hands us the socket that it speaks IKE on;
 * we take ESP out of it, eat keepalives, and leave the rest. An SPI that is not
 * ours goes on to XFRM, so that one port can serve both.
 */
#include "udp.h"

#include <linux/net.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/esp.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>
#include <net/xfrm.h>

#include "esp.h"
#include "icmp.h"
#include "mux.h"
#include "net.h"
#include "netdev.h"
#include "sa.h"

/**
 * struct ipsecvif_sock - a socket that we take ESP from
 * @list: in ipsecvif_net.sockets
 * @sk: the socket; holds a reference
 */
struct ipsecvif_sock {
	struct list_head list;
	struct sock *sk;
};

static int udp_encap_rcv_xfrm(struct sock *sk, struct sk_buff *skb)
{
	if (sk->sk_family == AF_INET6)
		return ipv6_stub->xfrm6_udp_encap_rcv(sk, skb);
	return xfrm4_udp_encap_rcv(sk, skb);
}

/*
 * udp_queue_rcv_one_skb() calls this. Return: 0 if the packet was taken, 1 if
 * it is the socket's.
 */
static int udp_encap_rcv(struct sock *sk, struct sk_buff *skb)
{
	unsigned int len = skb->len - sizeof(struct udphdr);
	struct ipsecvif_sa *sa;
	const u8 *data;
	__be16 sport;
	__be32 spi;
	bool dropped;

	if (!pskb_may_pull(skb,
			   sizeof(struct udphdr) + min_t(unsigned int, len, IPSECVIF_ESP_PULL)))
		return 1;
	data = skb->data + sizeof(struct udphdr);
	if (len == 1 && data[0] == 0xff) { /* RFC 3948 2.3 */
		consume_skb(skb);
		return 0;
	}
	if (len < sizeof(struct ip_esp_hdr))
		return 1;
	spi = ((const struct ip_esp_hdr *)data)->spi;
	if (!spi) /* RFC 3948 2.2: the non-ESP marker */
		return 1;
	sa = ipsecvif_mux_claim(sock_net(sk), skb, IPPROTO_ESP, spi, &dropped);
	if (!sa)
		return dropped ? 0 : udp_encap_rcv_xfrm(sk, skb);
	sport = udp_hdr(skb)->source;
	__skb_pull(skb, sizeof(struct udphdr));
	skb_reset_transport_header(skb);
	return ipsecvif_input(skb, sa, true, sport);
}

static struct ipsecvif_sock *sock_find(struct ipsecvif_net *inet, const struct sock *sk)
{
	struct ipsecvif_sock *s;

	list_for_each_entry(s, &inet->sockets, list)
		if (s->sk == sk)
			return s;
	return NULL;
}

/* The socket is being closed: forget it. */
static void udp_encap_destroy(struct sock *sk)
{
	struct ipsecvif_net *inet = ipsecvif_net(sock_net(sk));
	struct ipsecvif_sock *s;

	spin_lock_bh(&inet->sockets_lock);
	s = sock_find(inet, sk);
	if (s)
		list_del(&s->list);
	spin_unlock_bh(&inet->sockets_lock);
	if (s) {
		sock_put(sk);
		kfree(s);
	}
}

static int udp_check(const struct net *net, const struct socket *sock,
		     struct netlink_ext_ack *extack)
{
	const struct sock *sk = sock->sk;

	if (sk->sk_protocol != IPPROTO_UDP || sk->sk_type != SOCK_DGRAM) {
		NL_SET_ERR_MSG(extack, "the file descriptor is not a UDP socket");
		return -EPROTOTYPE;
	}
	if (sk->sk_family == AF_INET6 && !ipv6_only_sock(sk)) {
		NL_SET_ERR_MSG(
			extack,
			"ESP in UDP over IPv6 needs an IPV6_V6ONLY socket, and another for IPv4");
		return -EAFNOSUPPORT;
	}
	if (!net_eq(sock_net(sk), net)) {
		NL_SET_ERR_MSG(extack, "the socket is of another network namespace");
		return -EXDEV;
	}
	if (sk->sk_user_data || udp_sk(sk)->encap_rcv) {
		NL_SET_ERR_MSG(extack, "the socket already has an encapsulation");
		return -EBUSY;
	}
	return 0;
}

static void udp_sock_setup(struct net *net, struct socket *sock, struct ipsecvif_sock *s)
{
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data = s,
		/* XFRM looks at it again, if the packet is its own. */
		.encap_type = UDP_ENCAP_ESPINUDP,
		.encap_rcv = udp_encap_rcv,
		.encap_err_lookup = ipsecvif_icmp_udp_lookup,
		.encap_destroy = udp_encap_destroy,
	};

	setup_udp_tunnel_sock(net, sock, &cfg);
	/*
	 * It asks that each packet be summed when a super-packet is cut, for who takes
	 * packets out of a tunnel without looking at them. We have their ICV.
	 */
	inet_dec_convert_csum(sock->sk);
}

/**
 * ipsecvif_udp_attach() - take ESP from a socket of the caller
 * @net: the caller's namespace
 * @fd: file descriptor of the calling process
 * @extack: gets a sentence with an error
 *
 * Context: process; genl requests are serialised.
 * Return: 0 or -errno.
 */
int ipsecvif_udp_attach(struct net *net, int fd, struct netlink_ext_ack *extack)
{
	struct ipsecvif_net *inet = ipsecvif_net(net);
	struct ipsecvif_sock *s;
	struct socket *sock;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock) {
		NL_SET_ERR_MSG(extack, "no socket has this file descriptor");
		return err;
	}
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s) {
		err = -ENOMEM;
		goto out;
	}
	lock_sock(sock->sk);
	err = udp_check(net, sock, extack);
	if (!err) {
		s->sk = sock->sk;
		sock_hold(s->sk);
		spin_lock_bh(&inet->sockets_lock);
		list_add(&s->list, &inet->sockets);
		spin_unlock_bh(&inet->sockets_lock);
		udp_sock_setup(net, sock, s);
		s = NULL;
	}
	release_sock(sock->sk);
out:
	kfree(s);
	sockfd_put(sock);
	return err;
}

/* Give a socket back. The caller has taken @s off the list. */
static void sock_give_back(struct ipsecvif_sock *s)
{
	struct sock *sk = s->sk;

	lock_sock(sk);
	WRITE_ONCE(udp_sk(sk)->encap_type, 0);
	WRITE_ONCE(udp_sk(sk)->encap_rcv, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_err_lookup, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_destroy, NULL);
	rcu_assign_sk_user_data(sk, NULL);
	release_sock(sk);
	synchronize_net(); /* packets in udp_encap_rcv() */
	sock_put(sk);
	kfree(s);
}

/**
 * ipsecvif_udp_detach() - undo ipsecvif_udp_attach()
 * @net: the caller's namespace
 * @fd: file descriptor of the calling process
 * @extack: gets a sentence with an error
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if the socket was not attached.
 */
int ipsecvif_udp_detach(struct net *net, int fd, struct netlink_ext_ack *extack)
{
	struct ipsecvif_net *inet = ipsecvif_net(net);
	struct ipsecvif_sock *s;
	struct socket *sock;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock) {
		NL_SET_ERR_MSG(extack, "no socket has this file descriptor");
		return err;
	}
	spin_lock_bh(&inet->sockets_lock);
	s = sock_find(inet, sock->sk);
	if (s)
		list_del(&s->list);
	spin_unlock_bh(&inet->sockets_lock);
	if (s)
		sock_give_back(s);
	else
		NL_SET_ERR_MSG(extack, "the socket is not attached");
	sockfd_put(sock);
	return s ? 0 : -ENOENT;
}

/**
 * ipsecvif_udp_net_exit() - give back all sockets of a namespace
 * @inet: the namespace
 *
 * Context: process, may sleep; the module is being unloaded, since sockets keep
 * their namespace.
 */
void ipsecvif_udp_net_exit(struct ipsecvif_net *inet)
{
	struct ipsecvif_sock *s;

	for (;;) {
		spin_lock_bh(&inet->sockets_lock);
		s = list_first_entry_or_null(&inet->sockets, struct ipsecvif_sock, list);
		if (s)
			list_del(&s->list);
		spin_unlock_bh(&inet->sockets_lock);
		if (!s)
			return;
		sock_give_back(s);
	}
}
