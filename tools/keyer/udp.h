/* SPDX-License-Identifier: MIT */
/* UDP for IKE: ports 500 and 4500 of both families, local addresses included. */
#ifndef IPSECVIF_KEYER_UDP_H
#define IPSECVIF_KEYER_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/ike/ike.h"

enum udp_ports {
	UDP_PORT_IKE = 500,
	UDP_PORT_NATT = 4500
};

/**
 * udp_open() - a bound, non-blocking socket for one family and port
 * It tells the local address of each packet, never sets Don't Fragment, and is
 * exempt from policies of in-kernel XFRM.
 * @err: on failure, one sentence.
 * Return: a descriptor, -EAFNOSUPPORT without IPv6, or another negative errno.
 */
int udp_open(uint16_t family, uint16_t port, char *err, size_t err_len);

/**
 * udp_receive() - take a datagram
 * @natt: the socket is that of port 4500: strip the non-ESP marker, and skip
 *	keepalives and ESP.
 * @buf: receives it; @data and @len say which part is IKE.
 * Return: 1 with a message, 0 for a datagram that is none, -1 when none waits.
 */
int udp_receive(int fd, bool natt, uint16_t local_port, uint8_t *buf, size_t size,
		struct ike_ev_packet *packet);

/**
 * udp_send() - send a datagram
 * @natt: put the non-ESP marker before it.
 * Return: 0 or a negative errno.
 */
int udp_send(int fd, const struct ike_fx_send *send, bool natt);

#endif /* IPSECVIF_KEYER_UDP_H */
