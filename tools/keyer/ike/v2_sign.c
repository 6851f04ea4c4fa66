// SPDX-License-Identifier: MIT
/*
 * Signatures and certificates in messages: AUTH, CERT, CERTREQ, and which
 * hashes each side can (RFC 7296 3.6-3.8, RFC 7427).
 */
#include <string.h>

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/ike/v2.h"

enum {
	HASH_LEN = 20
};

bool auth_is_signature(uint8_t method)
{
	return method == IKE_AUTH_SIGNATURE || method == IKE_AUTH_RSA ||
	       (method >= IKE_AUTH_ECDSA_256 && method <= IKE_AUTH_ECDSA_521);
}

bool auth_method_fits(uint8_t configured, uint8_t method)
{
	if (configured == IKE_AUTH_SIGNATURE)
		return auth_is_signature(method);
	return configured == method;
}

/* Not SHA-1: who can no better uses the methods before RFC 7427. */
void hashes_write(struct ike *ike)
{
	static const uint8_t hashes[] = { 0, PKI_HASH_SHA2_256, 0, PKI_HASH_SHA2_384,
					  0, PKI_HASH_SHA2_512, 0, PKI_HASH_IDENTITY };

	out_notify(ike, 0, NULL, 0, N_SIGNATURE_HASH_ALGORITHMS, hashes, sizeof(hashes));
}

void hashes_read(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_SIGNATURE_HASH_ALGORITHMS);

	sa->peer_hashes = 0;
	for (size_t i = 0; n && i + 1 < n->data.len; i += 2) {
		if (!n->data.p[i] && n->data.p[i + 1] < 16)
			sa->peer_hashes |= (uint16_t)(1U << n->data.p[i + 1]);
	}
}

static bool certs_wanted(const struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;

	if (rounds_mine(sa) != IKE_AUTH_SIGNATURE || conf->send_cert == IKE_SEND_CERT_NEVER)
		return false;
	return conf->send_cert == IKE_SEND_CERT_ALWAYS || sa->cert_asked;
}

void certs_write(struct sa *sa)
{
	const struct ike_env *env = &sa->ike->env;
	const uint8_t *der;
	struct writer *w;
	size_t len;

	if (!certs_wanted(sa) || !env->certificate)
		return;
	for (unsigned int i = 0; i < IKE_CERTS_MAX; i++) {
		len = env->certificate(env->ctx, sa->conn_id, sa->rounds && sa->rounds->mine, i,
				       &der);
		if (!len)
			return;
		w = out_payload(sa->ike, PL_CERT);
		write_u8(w, CERT_X509_SIGNATURE);
		write_bytes(w, der, len);
	}
}

/** struct hashes - what goes into a CERTREQ, each once */
struct hashes {
	unsigned int n;
	const uint8_t *hash[MSG_HASHES_MAX];
};

static void hashes_add(struct ike *ike, const struct conn *c, struct hashes *h)
{
	const uint8_t *hash;

	if (!ike_remote_does(c->conf, IKE_AUTH_SIGNATURE) || !ike->env.authority)
		return;
	for (unsigned int i = 0; h->n < MSG_HASHES_MAX; i++) {
		unsigned int j = 0;

		hash = ike->env.authority(ike->env.ctx, c->id, i);
		if (!hash)
			return;
		while (j < h->n && memcmp(h->hash[j], hash, HASH_LEN) != 0)
			j++;
		if (j == h->n)
			h->hash[h->n++] = hash;
	}
}

static void certreq_put(struct ike *ike, const struct hashes *h)
{
	struct writer *w;

	if (!h->n)
		return;
	w = out_payload(ike, PL_CERTREQ);
	write_u8(w, CERT_X509_SIGNATURE);
	for (unsigned int i = 0; i < h->n; i++)
		write_bytes(w, h->hash[i], HASH_LEN);
}

void certreq_write(struct sa *sa)
{
	struct hashes h = { 0 };

	hashes_add(sa->ike, sa->conn, &h);
	certreq_put(sa->ike, &h);
}

void certreq_write_all(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote)
{
	struct hashes h = { 0 };
	struct conn *c;

	for (c = ike->n_sign ? TAILQ_FIRST(&ike->conns) : NULL; c; c = TAILQ_NEXT(c, link)) {
		if (c->signs && h.n < MSG_HASHES_MAX && conn_fits(c, local, remote))
			hashes_add(ike, c, &h);
	}
	certreq_put(ike, &h);
}

void auth_write(struct sa *sa, const struct ike_ev_auth *ev)
{
	struct writer *w = out_payload(sa->ike, PL_AUTH);

	write_u8(w, ev->method ? ev->method : rounds_mine(sa));
	write_zeros(w, 3);
	write_bytes(w, ev->data, ev->len);
}
