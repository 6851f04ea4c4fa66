// SPDX-License-Identifier: MIT
/*
 * The keyholder: the process that has the secrets, pre-shared and private keys. It
 * answers two questions of the ike process, "what is our AUTH?" and "is this the
 * peer's AUTH?", and gives no secret to anybody. It has no network. Signatures of
 * peers are not its business: checking them takes no secret.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/child.h"
#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/crypto/tls.h"
#include "tools/keyer/keyholder/eap.h"
#include "tools/keyer/keyholder/secret.h"
#include "tools/keyer/log.h"

enum {
	KEYHOLDER_BUCKETS = 1024,
	KEYHOLDER_FILE_MAX = 64 * 1024, /* bytes of a private key's file */
};

struct held {
	struct held *next;
	uint32_t conn;
	enum message_secret_kind kind;
	char *path;
	struct pki_key *key; /* SECRET_KEY */
	bool pkcs1;
	size_t len; /* SECRET_PSK */
	uint8_t secret[];
};

struct keyholder {
	struct loop *loop;
	struct channel *netadmin, *ike;
	struct held *held[KEYHOLDER_BUCKETS];
	struct keyholder_eap *eap;
	/* The private key that was read last: thousands of tunnels may have the same. */
	struct pki_key *last_key;
	uint8_t last_digest[32]; /* of its file */
};

static struct held **held_find(struct keyholder *kh, uint32_t conn, unsigned int kind)
{
	struct held **at = &kh->held[conn % KEYHOLDER_BUCKETS];

	while (*at && ((*at)->conn != conn || (*at)->kind != kind))
		at = &(*at)->next;
	return at;
}

/* Nobody's key is nobody's to keep. */
static void last_key_drop(struct keyholder *kh, bool lonely)
{
	if (!kh->last_key || (lonely && !pki_key_lonely(kh->last_key)))
		return;
	pki_key_free(kh->last_key);
	kh->last_key = NULL;
}

static void held_drop(struct held **at)
{
	struct held *held = *at;

	if (!held)
		return;
	*at = held->next;
	pki_key_free(held->key);
	explicit_bzero(held->secret, held->len);
	free(held->path);
	free(held);
}

static struct held *psk_read(int fd, char *why, size_t why_len)
{
	static struct secret secret;
	struct held *held = NULL;

	if (!secret_read(fd, &secret, why, why_len)) {
		held = calloc(1, sizeof(*held) + secret.len);
		if (!held)
			abort();
		held->len = secret.len;
		memcpy(held->secret, secret.data, secret.len);
	}
	explicit_bzero(&secret, sizeof(secret));
	return held;
}

static struct pki_key *key_parse(struct keyholder *kh, const uint8_t *data, size_t len, char *why,
				 size_t why_len)
{
	uint8_t digest[32];

	pki_file_digest(data, len, digest);
	if (!kh->last_key || !crypto_equal(digest, kh->last_digest, sizeof(digest))) {
		last_key_drop(kh, false);
		kh->last_key = pki_key_read(data, len, why, why_len);
		memcpy(kh->last_digest, digest, sizeof(digest));
	}
	return kh->last_key ? pki_key_get(kh->last_key) : NULL;
}

static struct held *key_read(struct keyholder *kh, int fd, char *why, size_t why_len)
{
	static uint8_t data[KEYHOLDER_FILE_MAX];
	struct held *held = NULL;
	struct pki_key *key;
	size_t len = 0;
	ssize_t got;

	do {
		got = read(fd, data + len, sizeof(data) - len);
		len += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	key = key_parse(kh, data, len, why, why_len);
	if (key) {
		held = calloc(1, sizeof(*held));
		if (!held)
			abort();
		held->key = key;
	}
	explicit_bzero(data, sizeof(data));
	return held;
}

static void secret_set(struct keyholder *kh, const struct message_secret *message, int fd)
{
	struct message_secret_state state = { .conn = message->conn, .kind = message->kind };
	struct held **at = held_find(kh, message->conn, message->kind), *held;

	if (message->kind >= SECRET_HELD) {
		state.ok = !keyholder_eap_file(kh->eap, message, fd, state.why, sizeof(state.why));
		channel_send(kh->netadmin, MSG_SECRET_STATE, &state, sizeof(state), -1);
		return;
	}
	held = message->kind == SECRET_KEY || message->kind == SECRET_KEY2 ?
		       key_read(kh, fd, state.why, sizeof(state.why)) :
		       psk_read(fd, state.why, sizeof(state.why));
	state.ok = held != NULL;
	if (held) {
		held->conn = message->conn;
		held->kind = message->kind;
		held->pkcs1 = message->pkcs1;
		held->path = strdup(message->path);
		if (!held->path)
			abort();
		if (held->key) {
			pki_key_id(held->key, state.key_id);
			if (message->tls)
				keyholder_eap_key(kh->eap, message->conn, held->key);
		}
		held_drop(at);
		last_key_drop(kh, true);
		held->next = *at;
		*at = held;
	}
	channel_send(kh->netadmin, MSG_SECRET_STATE, &state, sizeof(state), -1);
}

static void conn_forget(struct keyholder *kh, uint32_t conn)
{
	for (unsigned int kind = 0; kind < SECRET_HELD; kind++)
		held_drop(held_find(kh, conn, kind));
	last_key_drop(kh, true);
	keyholder_eap_forget(kh->eap, conn);
}

static void on_netadmin(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	const struct message_secret *secret = data;
	const struct message_conn *conn = data;
	struct keyholder *kh = arg;

	(void)len;
	if (type == MSG_SECRET_SET && fd >= 0 && secret->kind < SECRET_KINDS &&
	    message_text_ok(secret->path, MESSAGE_PATH_MAX))
		secret_set(kh, secret, fd);
	else if (type == MSG_EAP_CONF)
		keyholder_eap_conf(kh->eap, data);
	else if (type == MSG_SECRET_DEL)
		conn_forget(kh, conn->conn);
	if (fd >= 0)
		close(fd);
}

/*
 * The ike process is not trusted: it may ask for AUTH over any octets, since
 * they are the peer's words, but only of a connection that has a secret, and it
 * learns nothing but the result.
 */
static void psk_answer(struct keyholder *kh, const struct ike_fx_auth *ask, bool verify,
		       struct ike_ev_auth *to)
{
	struct ike_ev_auth reply = { .request = ask->request, .method = IKE_AUTH_PSK };
	uint8_t auth[CRYPTO_DIGEST_MAX];
	const struct held *held = *held_find(kh, ask->conn, SECRET_PSK);
	const uint8_t *secret = held ? held->secret : NULL;
	size_t len = crypto_prf_len(ask->prf), secret_len = held ? held->len : 0;

	if (ask->eap) {
		secret = keyholder_eap_msk(kh->eap, ask->eap, ask->conn);
		secret_len = EAP_MSK_LEN;
	}
	if (!secret || !len) {
		snprintf(reply.why, sizeof(reply.why), "no secret is configured for this tunnel");
	} else if (crypto_psk_auth(ask->prf, secret, secret_len, ask->octets, ask->octets_len,
				   auth)) {
		snprintf(reply.why, sizeof(reply.why), "the PRF failed");
	} else if (!verify) {
		reply.ok = true;
		reply.len = (uint16_t)len;
		memcpy(reply.data, auth, len);
	} else if (ask->auth_len == len && crypto_equal(auth, ask->auth, len)) {
		reply.ok = true;
	} else {
		snprintf(reply.why, sizeof(reply.why),
			 ask->eap ? "the peer's AUTH is not of the key that EAP made%s" :
				    "the peer used another pre-shared key than that of %s",
			 ask->eap ? "" : held->path);
	}
	explicit_bzero(auth, sizeof(auth));
	*to = reply;
	explicit_bzero(&reply, sizeof(reply));
}

static void key_answer(struct keyholder *kh, const struct ike_fx_auth *ask, struct ike_ev_auth *to)
{
	const struct held *second = ask->second ? *held_find(kh, ask->conn, SECRET_KEY2) : NULL;
	const struct held *held = second ? second : *held_find(kh, ask->conn, SECRET_KEY);
	const struct pki_blob octets = { ask->octets, ask->octets_len };
	static struct pki_signature sig;

	if (!held) {
		snprintf(to->why, sizeof(to->why), "no private key is at hand for this tunnel");
		return;
	}
	to->ok = !pki_sign(held->key, ask->hashes, held->pkcs1, &octets, &sig, to->why,
			   sizeof(to->why));
	if (!to->ok)
		return;
	to->method = sig.method;
	to->len = (uint16_t)sig.len;
	memcpy(to->data, sig.data, sig.len);
}

static void answer(struct keyholder *kh, const struct ike_fx_auth *ask, bool verify)
{
	struct ike_ev_auth reply = { .request = ask->request };

	if (ask->method == IKE_AUTH_PSK)
		psk_answer(kh, ask, verify, &reply);
	else if (ask->method == IKE_AUTH_SIGNATURE && !verify)
		key_answer(kh, ask, &reply);
	else
		snprintf(reply.why, sizeof(reply.why), "authentication method %u is unknown",
			 ask->method);
	channel_send(kh->ike, verify ? MSG_VERIFIED : MSG_SIGNED, &reply, sizeof(reply), -1);
	explicit_bzero(&reply, sizeof(reply));
}

static void eap_message(struct keyholder *kh, enum message_type type, const void *data)
{
	struct ike_ev_eap reply = { 0 };

	if (type == MSG_EAP_END) {
		keyholder_eap_end(kh->eap, ((const struct ike_fx_eap_end *)data)->session);
		return;
	}
	channel_drain(kh->netadmin);
	keyholder_eap_step(kh->eap, data, &reply);
	channel_send(kh->ike, MSG_EAP_ANSWER, &reply, sizeof(reply), -1);
	explicit_bzero(&reply, sizeof(reply));
}

/*
 * RFC 8784 3: prf+(PPK, SK_d) and so on. As with AUTH, whatever is asked for, the
 * answer tells nothing of the secret.
 */
static void ppk_answer(struct keyholder *kh, const struct ike_fx_ppk *ask)
{
	const struct held *held = *held_find(kh, ask->conn, SECRET_PPK);
	struct ike_ev_ppk reply = { .request = ask->request };
	const uint8_t *from[] = { ask->d, ask->pi, ask->pr };
	uint8_t *to[] = { reply.d, reply.pi, reply.pr };
	size_t len = crypto_prf_len(ask->prf);

	reply.ok = held && len;
	for (unsigned int i = 0; i < 3 && reply.ok; i++) {
		const struct crypto_part seed = { from[i], len };

		reply.ok =
			!crypto_prf_plus(ask->prf, held->secret, held->len, &seed, 1, to[i], len);
	}
	if (!reply.ok)
		snprintf(reply.why, sizeof(reply.why),
			 held ? "the PRF failed" : "the ppk of this tunnel is not at hand");
	channel_send(kh->ike, MSG_PPK_MIXED, &reply, sizeof(reply), -1);
	explicit_bzero(&reply, sizeof(reply));
}

static void on_ike(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	const struct ike_fx_auth *ask = data;
	struct keyholder *kh = arg;

	(void)len;
	if (fd >= 0)
		close(fd);
	if (type == MSG_EAP || type == MSG_EAP_END) {
		eap_message(kh, type, data);
		return;
	}
	if (type == MSG_PPK) {
		channel_drain(kh->netadmin);
		ppk_answer(kh, data);
		return;
	}
	if (type != MSG_SIGN && type != MSG_VERIFY) {
		log_kv(LOG_ERR, "refused", "process", "ike", "why",
		       "it sent the keyholder a message that is not its own", NULL);
		return;
	}
	if (ask->octets_len > IKE_OCTETS_MAX || ask->auth_len > IKE_AUTH_MAX) {
		log_kv(LOG_ERR, "refused", "process", "ike", "why",
		       "it sent the keyholder a length out of bounds", NULL);
		return;
	}
	/* A secret that netadmin sent before ike could ask is already here. */
	channel_drain(kh->netadmin);
	answer(kh, ask, type == MSG_VERIFY);
}

int keyholder_main(void *arg)
{
	const struct child_args *args = arg;
	static struct keyholder kh;
	uint8_t warm[CRYPTO_DIGEST_MAX];

	kh.loop = loop_new();
	if (!kh.loop)
		return 1;
	kh.eap = keyholder_eap_new();
	kh.netadmin = channel_new(kh.loop, args->netadmin, on_netadmin, child_broken, &kh);
	kh.ike = channel_new(kh.loop, args->peer, on_ike, child_broken, &kh);
	if (!kh.netadmin || !kh.ike)
		return 1;
	/* The library reads its configuration now, while files can be opened. */
	crypto_psk_auth(5, (const uint8_t *)"x", 1, (const uint8_t *)"x", 1, warm);
	tls_warm();
	child_begin(PRIVSEP_KEYHOLDER, kh.netadmin);
	return loop_run(kh.loop);
}
