/* SPDX-License-Identifier: MIT */
/*
 * What the ike process had fetched: CRLs, and the status of certificates (OCSP). Each is
 * known by an ID, and asked for once, however many wait for it. None of it is trusted
 * because it is here: who signed a CRL is checked at each use, and who signed a status
 * when it comes.
 */
#ifndef IPSECVIF_KEYER_FETCHES_H
#define IPSECVIF_KEYER_FETCHES_H

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/message.h"

struct fetches;

struct fetches *fetches_new(void);
void fetches_free(struct fetches *f);
/**
 * fetches_may() - is it under way, or may it be asked for?
 * Not if its URL has just failed. @now: ms.
 */
bool fetches_may(const struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN], const char *url,
		 uint64_t now);
/**
 * fetches_begin() - ask for it
 * @want: its question is taken over. @nonce: what nobody can foresee.
 * Return: true: @message is to be sent; false: it is under way already.
 */
bool fetches_begin(struct fetches *f, struct pki_want *want, const uint8_t nonce[PKI_NONCE_LEN],
		   struct message_fetch *message);
/**
 * fetches_end() - what came of it
 * @fd: -1: nothing; stays the caller's. @wall: seconds since 1970, @now: ms.
 */
void fetches_end(struct fetches *f, const struct message_fetched *message, int fd, int64_t wall,
		 uint64_t now);
/** fetches_ocsp() - the status of this ID, or NULL. */
const struct pki_ocsp *fetches_ocsp(const struct fetches *f, const uint8_t id[PKI_WANT_ID_LEN]);
/** fetches_crls() - all CRLs; they stay ours. */
void fetches_crls(const struct fetches *f, struct pki_list *crls);

/** file_read() - what is in a file, up to about @max bytes; to be freed. */
uint8_t *file_read(int fd, size_t max, size_t *len);

#endif /* IPSECVIF_KEYER_FETCHES_H */
