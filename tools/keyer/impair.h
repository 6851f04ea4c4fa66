/* SPDX-License-Identifier: MIT */
/*
 * Impairment: chosen messages are lost, doubled, delayed or corrupted, to see what
 * becomes of a negotiation. Only in builds for tests (IPSECVIF_IMPAIR); in others none
 * of this is there.
 *
 *	IPSECVIF_IMPAIR="out:IKE_AUTH:request:drop:2,in:*:response:delay=300"
 *
 * DIRECTION:EXCHANGE:KIND:ACTION[:COUNT], where `*` is any, and COUNT (1) is how often.
 */
#ifndef IPSECVIF_KEYER_IMPAIR_H
#define IPSECVIF_KEYER_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct ike_addr;

/**
 * typedef impair_fn - takes a copy of a message: late, a second one, or a wrong one
 * @data: a copy, valid during the call.
 */
typedef void impair_fn(void *arg, const struct ike_addr *local, const struct ike_addr *remote,
		       bool natt, uint8_t *data, size_t len);

#ifdef IPSECVIF_IMPAIR

/** impair_open() - read the environment. Return: 0, or -1 with a sentence. */
int impair_open(struct loop *loop, char *err, size_t err_len);

/**
 * impair() - a message on its way
 * @data: an IKE message without the marker.
 * @again: takes what becomes of it instead, or besides.
 * Return: is the caller to pass it on as it is?
 */
bool impair(bool out, const struct ike_addr *local, const struct ike_addr *remote, bool natt,
	    const uint8_t *data, size_t len, impair_fn *again, void *arg);

#else

static inline int impair_open(struct loop *loop, char *err, size_t err_len)
{
	(void)loop;
	(void)err;
	(void)err_len;
	return 0;
}

static inline bool impair(bool out, const struct ike_addr *local, const struct ike_addr *remote,
			  bool natt, const uint8_t *data, size_t len, impair_fn *again, void *arg)
{
	(void)out;
	(void)local;
	(void)remote;
	(void)natt;
	(void)data;
	(void)len;
	(void)again;
	(void)arg;
	return true;
}

#endif

#endif /* IPSECVIF_KEYER_IMPAIR_H */
