/* SPDX-License-Identifier: MIT */
/*
 * What the ike process knows of public keys: per connection our certificates to
 * send, whose certificates we believe, and CRLs. All of it is public. Files come
 * as open descriptors from netadmin, which alone may open them; one that many
 * tunnels name is kept once.
 */
#ifndef IPSECVIF_KEYER_TRUST_H
#define IPSECVIF_KEYER_TRUST_H

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/message.h"

struct trust;

struct trust *trust_new(void);

/** trust_begin() - a connection's trust, or what it is from now on: @set, and no file yet. */
void trust_begin(struct trust *trust, const struct message_trust *set);
/** trust_add() - add a file to a connection. @fd: stays the caller's. */
void trust_add(struct trust *trust, const struct message_trust_file *file, int fd);
void trust_forget(struct trust *trust, uint32_t conn);

/** trust_certificate(), trust_authority() - as struct ike_env wants them. */
size_t trust_certificate(struct trust *trust, uint32_t conn, bool second, unsigned int i,
			 const uint8_t **der);
const uint8_t *trust_authority(struct trust *trust, uint32_t conn, unsigned int i);

/**
 * trust_check() - check a peer
 * @wall: seconds since 1970. @now: loop_now().
 * @last: do without what would have to be fetched.
 * @answer: written if the verdict is there.
 * Return: is it? If not, trust_want() has what is missing.
 */
bool trust_check(struct trust *trust, const struct ike_fx_cert *fx, int64_t wall, uint64_t now,
		 bool last, struct ike_ev_auth *answer);
/** trust_want() - what the last trust_check() wants to be fetched, from 0 on; NULL: no more. */
struct pki_want *trust_want(struct trust *trust, unsigned int i);
/** trust_fetch(), trust_fetched() - as fetches_begin() and fetches_end(). */
bool trust_fetch(struct trust *trust, struct pki_want *want, const uint8_t nonce[PKI_NONCE_LEN],
		 struct message_fetch *message);
void trust_fetched(struct trust *trust, const struct message_fetched *message, int fd, int64_t wall,
		   uint64_t now);

#endif /* IPSECVIF_KEYER_TRUST_H */
