/* SPDX-License-Identifier: MIT */
/* TLS without a socket, for EAP-TLS: records in, records out (RFC 5216, RFC 9190). */
#ifndef IPSECVIF_KEYER_TLS_H
#define IPSECVIF_KEYER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/crypto/pki.h"

/** struct tls_conf - our key and certificate, and the CAs of the other side's */
struct tls_conf;

struct tls_conf *tls_conf_new(void);
/** tls_warm() - have the library read its files, while files can be opened. */
void tls_warm(void);
void tls_conf_free(struct tls_conf *conf);
/** tls_conf_key(), tls_conf_certs() - ours; tls_conf_authorities() - PEM or DER. 0 or -1. */
int tls_conf_key(struct tls_conf *conf, const struct pki_key *key);
int tls_conf_certs(struct tls_conf *conf, const struct pki_bundle *certs);
int tls_conf_authorities(struct tls_conf *conf, const struct pki_bundle *certs);
/**
 * tls_conf_crls() - what they list is refused; and without a valid one of its issuer
 * a certificate is, if tls_conf_strict() says so, as pki_verify() does. 0 or -1.
 */
int tls_conf_crls(struct tls_conf *conf, const struct pki_bundle *crls);
void tls_conf_strict(struct tls_conf *conf, enum pki_strict strict);
/** tls_conf_newest() - TLS 1.3 if the other side can, as it is unless said otherwise, or 1.2. */
void tls_conf_newest(struct tls_conf *conf, bool tls13);

struct tls;

struct tls *tls_new(struct tls_conf *conf, bool server);
void tls_free(struct tls *tls);
/** tls_put() - give it bytes of the other side. Return: 0 or -1. */
int tls_put(struct tls *tls, const uint8_t *data, size_t len);
enum tls_state {
	TLS_HANDSHAKE,
	TLS_DONE,
	TLS_FAILED
};
/** tls_run() - go on as far as the bytes at hand allow. @why: if it failed. */
enum tls_state tls_run(struct tls *tls, char *why, size_t why_len);
/**
 * tls_commits() - does the server say when it is satisfied?
 * So with TLS 1.3 (RFC 9190 2.1.1), where the client's handshake ends before the
 * server has seen its certificate: by one byte of data, 0.
 */
bool tls_commits(struct tls *tls);
/** tls_commit() - the server does: tls_pending(). Return: 0 or -1. */
int tls_commit(struct tls *tls);
/** tls_committed() - has it? TLS_HANDSHAKE: not yet. */
enum tls_state tls_committed(struct tls *tls, char *why, size_t why_len);
/** tls_pending() - bytes that wait to be sent; tls_take() - some of them. */
size_t tls_pending(struct tls *tls);
size_t tls_take(struct tls *tls, uint8_t *out, size_t max);
/** tls_msk() - RFC 5216 2.3, RFC 9190 2.3. Return: 0 or -1. */
int tls_msk(struct tls *tls, uint8_t msk[64]);
/** tls_peer_has_id() - ... or this identity? Types of RFC 7296 3.5. */
bool tls_peer_has_id(struct tls *tls, uint8_t type, const uint8_t *id, size_t len);
/** tls_peer_is() - does the other side's certificate have this name? */
bool tls_peer_is(struct tls *tls, const char *name, char *subject, size_t len);

#endif /* IPSECVIF_KEYER_TLS_H */
