// SPDX-License-Identifier: MIT
/*
 * The keyholder: the process that has the secrets. It answers two questions of
 * the ike process, "what is our AUTH?" and "is this the peer's AUTH?", and gives
 * no secret to anybody. It has no network.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/child.h"
#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/keyholder/secret.h"
#include "tools/keyer/log.h"

enum {
	KEYHOLDER_BUCKETS = 1024
};

struct held {
	struct held *next;
	uint32_t conn;
	char path[MESSAGE_PATH_MAX];
	size_t len;
	uint8_t secret[];
};

struct keyholder {
	struct loop *loop;
	struct channel *netadmin, *ike;
	struct held *held[KEYHOLDER_BUCKETS];
};

static struct held **held_find(struct keyholder *kh, uint32_t conn)
{
	struct held **at = &kh->held[conn % KEYHOLDER_BUCKETS];

	while (*at && (*at)->conn != conn)
		at = &(*at)->next;
	return at;
}

static void held_drop(struct held **at)
{
	struct held *held = *at;

	if (!held)
		return;
	*at = held->next;
	explicit_bzero(held->secret, held->len);
	free(held);
}

static void secret_set(struct keyholder *kh, const struct message_secret *message, int fd)
{
	struct message_secret_state state = { .conn = message->conn };
	struct held **at = held_find(kh, message->conn), *held;
	static struct secret secret;

	state.ok = !secret_read(fd, &secret, state.why, sizeof(state.why));
	if (state.ok) {
		held = calloc(1, sizeof(*held) + secret.len);
		if (!held)
			abort();
		held->conn = message->conn;
		memcpy(held->path, message->path, sizeof(held->path));
		held->len = secret.len;
		memcpy(held->secret, secret.data, secret.len);
		held_drop(at);
		held->next = *at;
		*at = held;
	}
	explicit_bzero(&secret, sizeof(secret));
	channel_send(kh->netadmin, MSG_SECRET_STATE, &state, sizeof(state), -1);
}

static void on_netadmin(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	const struct message_secret *secret = data;
	const struct message_conn *conn = data;
	struct keyholder *kh = arg;

	(void)len;
	if (type == MSG_SECRET_SET && fd >= 0 && message_text_ok(secret->path, MESSAGE_PATH_MAX))
		secret_set(kh, secret, fd);
	else if (type == MSG_SECRET_DEL)
		held_drop(held_find(kh, conn->conn));
	if (fd >= 0)
		close(fd);
}

/*
 * The ike process is not trusted: it may ask for AUTH over any octets, since
 * they are the peer's words, but only of a connection that has a secret, and it
 * learns nothing but the result.
 */
static void answer(struct keyholder *kh, const struct ike_fx_auth *ask, bool verify)
{
	struct ike_ev_auth reply = { .request = ask->request };
	uint8_t auth[CRYPTO_DIGEST_MAX];
	const struct held *held = *held_find(kh, ask->conn);
	size_t len = crypto_prf_len(ask->prf);

	if (!held) {
		snprintf(reply.why, sizeof(reply.why), "no secret is configured for this tunnel");
	} else if (ask->method != IKE_AUTH_PSK || !len) {
		snprintf(reply.why, sizeof(reply.why),
			 "authentication method %u is not that of this tunnel, psk", ask->method);
	} else if (crypto_psk_auth(ask->prf, held->secret, held->len, ask->octets, ask->octets_len,
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
			 "the peer used another pre-shared key than that of %s", held->path);
	}
	explicit_bzero(auth, sizeof(auth));
	channel_send(kh->ike, verify ? MSG_VERIFIED : MSG_SIGNED, &reply, sizeof(reply), -1);
	explicit_bzero(&reply, sizeof(reply));
}

static void on_ike(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	const struct ike_fx_auth *ask = data;
	struct keyholder *kh = arg;

	(void)len;
	if (fd >= 0)
		close(fd);
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
	kh.netadmin = channel_new(kh.loop, args->netadmin, on_netadmin, child_broken, &kh);
	kh.ike = channel_new(kh.loop, args->peer, on_ike, child_broken, &kh);
	if (!kh.netadmin || !kh.ike)
		return 1;
	/* The library reads its configuration now, while files can be opened. */
	crypto_psk_auth(5, (const uint8_t *)"x", 1, (const uint8_t *)"x", 1, warm);
	child_begin(PRIVSEP_KEYHOLDER, kh.netadmin);
	return loop_run(kh.loop);
}
