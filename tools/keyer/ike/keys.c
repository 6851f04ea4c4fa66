// SPDX-License-Identifier: MIT
/*
 * Keys of IKE SAs and of their children, RFC 7296 2.14-2.18.
 */
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

enum {
	SK_MAX = 3 * CRYPTO_DIGEST_MAX + 4 * CRYPTO_KEY_MAX
};

static bool keys_sizes(struct sa_keys *k, const struct ike_proposal *p)
{
	const struct ike_transform *encr = proposal_find(p, TR_ENCR);
	const struct ike_transform *integ = proposal_find(p, TR_INTEG);
	const struct ike_transform *prf = proposal_find(p, TR_PRF);
	int key_len;

	if (!encr || !prf)
		return false;
	k->prf = prf->id;
	k->prf_len = crypto_prf_len(prf->id);
	k->i.encr = encr->id;
	key_len = crypto_encr_key_len(encr->id, encr->key_bits);
	if (key_len <= 0)
		return false;
	k->i.encr_len = (uint16_t)key_len;
	if (integ && !crypto_encr_is_aead(encr->id)) {
		k->i.integ = integ->id;
		k->i.integ_len = (uint16_t)crypto_integ_key_len(integ->id);
		if (!k->i.integ_len)
			return false;
	}
	k->r = k->i;
	return k->prf_len && (k->i.integ_len || crypto_encr_is_aead(encr->id));
}

static const uint8_t *take(uint8_t *to, const uint8_t *from, size_t len)
{
	memcpy(to, from, len);
	return from + len;
}

int sa_keys_derive(struct sa_keys *k, const struct sa_keys *old, const struct ike_proposal *p,
		   const uint8_t *shared, size_t shared_len, struct bytes ni, struct bytes nr,
		   struct bytes more, const uint8_t *spi_i, const uint8_t *spi_r)
{
	const struct crypto_part seed[] = {
		{ ni.p, ni.len }, { nr.p, nr.len }, { spi_i, IKE_SPI_LEN }, { spi_r, IKE_SPI_LEN }
	};
	const struct crypto_part secret = { shared, shared_len };
	const struct crypto_part rekey[] = {
		{ shared, shared_len }, { ni.p, ni.len }, { nr.p, nr.len }, { more.p, more.len }
	};
	uint8_t skeyseed[CRYPTO_DIGEST_MAX], key[2 * NONCE_MAX], sk[SK_MAX];
	const uint8_t *at = sk;
	size_t seed_len, len;
	int err;

	memset(k, 0, sizeof(*k));
	if (!keys_sizes(k, p) || ni.len > NONCE_MAX || nr.len > NONCE_MAX)
		return -1;
	if (old) {
		seed_len = old->prf_len;
		err = crypto_prf(old->prf, old->d, old->prf_len, rekey, 4, skeyseed);
	} else {
		seed_len = k->prf_len;
		size_t part = crypto_prf_nonce_len(k->prf), a = part ? part : ni.len,
		       b = part ? part : nr.len;

		memcpy(key, ni.p, a);
		memcpy(key + a, nr.p, b);
		err = crypto_prf(k->prf, key, a + b, &secret, 1, skeyseed);
	}
	len = 3 * k->prf_len + 2 * (size_t)k->i.integ_len + 2 * (size_t)k->i.encr_len;
	if (!err)
		err = crypto_prf_plus(k->prf, skeyseed, seed_len, seed, 4, sk, len);
	if (!err) {
		at = take(k->d, at, k->prf_len);
		at = take(k->i.integ_key, at, k->i.integ_len);
		at = take(k->r.integ_key, at, k->r.integ_len);
		at = take(k->i.encr_key, at, k->i.encr_len);
		at = take(k->r.encr_key, at, k->r.encr_len);
		at = take(k->pi, at, k->prf_len);
		take(k->pr, at, k->prf_len);
	}
	explicit_bzero(skeyseed, sizeof(skeyseed));
	explicit_bzero(sk, sizeof(sk));
	return err;
}

static const uint8_t *key_take(struct ike_key *k, const uint8_t *from, size_t len)
{
	k->len = (uint16_t)len;
	return take(k->data, from, len);
}

int child_keys_derive(const struct sa *sa, const struct nego *n, struct ike_fx_child *fx)
{
	const struct crypto_part seed[] = { { n->shared, n->shared_len },
					    { n->ni, n->ni_len },
					    { n->nr, n->nr_len },
					    { n->more, n->more_len } };
	int encr_len = crypto_encr_key_len(fx->encr.id, fx->encr.key_bits);
	size_t encr = encr_len > 0 ? (size_t)encr_len : 0;
	size_t integ = fx->integ.id ? crypto_integ_key_len(fx->integ.id) : 0;
	uint8_t keymat[4 * CRYPTO_KEY_MAX];
	const uint8_t *at = keymat;
	struct ike_key *encr_i, *encr_r, *integ_i, *integ_r;
	int err;

	if (!fx->encr.id ? n->protocol != PROTO_AH : encr_len < 0)
		return -1;
	if (!integ && (!fx->encr.id || !crypto_encr_is_aead(fx->encr.id)))
		return -1;
	encr_i = n->initiator ? &fx->encr_out : &fx->encr_in;
	encr_r = n->initiator ? &fx->encr_in : &fx->encr_out;
	integ_i = n->initiator ? &fx->integ_out : &fx->integ_in;
	integ_r = n->initiator ? &fx->integ_in : &fx->integ_out;
	err = crypto_prf_plus(sa->keys.prf, sa->keys.d, sa->keys.prf_len, seed, 4, keymat,
			      2 * (encr + integ));
	if (!err) {
		at = key_take(encr_i, at, encr);
		at = key_take(integ_i, at, integ);
		at = key_take(encr_r, at, encr);
		key_take(integ_r, at, integ);
	}
	explicit_bzero(keymat, sizeof(keymat));
	return err;
}

size_t auth_octets(const struct sa *sa, bool initiator, const struct ike_id *id, uint8_t *out)
{
	const struct packet *msg = initiator ? &sa->hs->init_i : &sa->hs->init_r;
	const uint8_t *nonce = initiator ? sa->hs->nr : sa->hs->ni;
	size_t nonce_len = initiator ? sa->hs->nr_len : sa->hs->ni_len, prf_len = sa->keys.prf_len;
	const uint8_t head[4] = { id->type };
	const struct crypto_part part[] = { { head, 4 }, { id->data, id->len } };

	size_t at = msg->len + nonce_len;
	struct writer w = { .buf = out, .cap = IKE_OCTETS_MAX };

	if (at + 3 * prf_len + sizeof(sa->auth_mid) > IKE_OCTETS_MAX)
		return 0;
	memcpy(out, msg->data, msg->len);
	memcpy(out + msg->len, nonce, nonce_len);
	if (crypto_prf(sa->keys.prf, initiator ? sa->keys.pi : sa->keys.pr, prf_len, part, 2,
		       out + at))
		return 0;
	w.len = at + prf_len;
	if (sa->hs->int_auth) { /* RFC 9242 3.3.2 */
		write_bytes(&w, sa->hs->int_auth_i, prf_len);
		write_bytes(&w, sa->hs->int_auth_r, prf_len);
		write_u32(&w, sa->auth_mid);
	}
	return w.len;
}

struct ike_fx_auth *auth_effect(struct sa *sa, enum ike_fx_type type, bool initiator,
				const struct ike_id *id)
{
	uint8_t octets[IKE_OCTETS_MAX];
	size_t len = auth_octets(sa, initiator, id, octets);
	struct ike_fx_auth *fx;

	if (!len)
		return NULL;
	fx = &effect_add(sa->ike, type)->u.auth;
	fx->request = request_id(sa);
	fx->conn = sa->conn_id;
	fx->prf = sa->keys.prf;
	fx->hashes = sa->peer_hashes;
	fx->octets_len = (uint16_t)len;
	memcpy(fx->octets, octets, len);
	return fx;
}

bool auth_sign(struct sa *sa, struct turn *t, turn_resume resume)
{
	struct ike_fx_auth *fx;

	fx = auth_effect(sa, IKE_FX_AUTH_SIGN, sa->initiator, rounds_local_id(sa));
	if (!fx)
		return false;
	fx->method = rounds_mine(sa);
	fx->second = sa->rounds && sa->rounds->mine;
	fx->peer = sa->initiator ? sa->conn->conf->remote_id : sa->peer_id;
	turn_wait(sa, t, TURN_WAIT_SIGN, fx->request, resume);
	return true;
}

const char *auth_missing(const struct ike_ev_auth *auth, const char *otherwise)
{
	if (auth->ok && auth->len && auth->len <= IKE_AUTH_MAX)
		return NULL;
	return auth->why[0] ? auth->why : otherwise;
}

static bool signature_verify(struct sa *sa, const struct msg *m, struct turn *t, turn_resume resume)
{
	uint8_t octets[IKE_OCTETS_MAX], *at;
	const struct ike_id *id = rounds_peer_id(sa);
	size_t len = auth_octets(sa, !sa->initiator, id, octets);
	struct ike_fx_cert *fx;

	if (!len)
		return false;
	fx = &effect_add(sa->ike, IKE_FX_CERT_VERIFY)->u.cert;
	fx->request = request_id(sa);
	fx->conn = sa->conn_id;
	fx->method = m->auth_method;
	fx->peer = *id;
	fx->auth_len = (uint16_t)m->auth.len;
	memcpy(fx->auth, m->auth.p, m->auth.len);
	fx->octets_len = (uint16_t)len;
	memcpy(fx->octets, octets, len);
	fx->n_certs = (uint8_t)m->n_certs;
	at = fx->certs;
	for (unsigned int i = 0; i < m->n_certs; i++) {
		fx->cert_len[i] = (uint16_t)m->certs[i].len;
		memcpy(at, m->certs[i].p, m->certs[i].len);
		at += m->certs[i].len;
	}
	turn_wait(sa, t, TURN_WAIT_VERIFY, fx->request, resume);
	return true;
}

bool auth_verify(struct sa *sa, const struct msg *m, struct turn *t, turn_resume resume)
{
	struct ike_fx_auth *fx;

	if (m->auth_method != IKE_AUTH_PSK)
		return signature_verify(sa, m, t, resume);
	fx = auth_effect(sa, IKE_FX_AUTH_VERIFY, !sa->initiator, rounds_peer_id(sa));

	if (!fx)
		return false;
	fx->method = m->auth_method;
	fx->peer = *rounds_peer_id(sa);
	fx->auth_len = (uint16_t)m->auth.len;
	memcpy(fx->auth, m->auth.p, m->auth.len);
	turn_wait(sa, t, TURN_WAIT_VERIFY, fx->request, resume);
	return true;
}
