// SPDX-License-Identifier: MIT
/* EAP in the keyholder: what connections need for it, and conversations. */
#include "tools/keyer/keyholder/eap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/child.h"
#include "tools/keyer/crypto/tls.h"
#include "tools/keyer/keyholder/secret.h"

enum {
	BUCKETS = 256,
	SESSIONS_MAX = 4096, /* beyond, the oldest is forgotten */
	FILE_MAX = 1024 * 1024,
	CRL_MAX = 32 * 1024 * 1024,
};

struct entry {
	struct entry *next;
	uint32_t conn;
	struct eap_conf *conf;
};

struct session {
	struct session *next;
	struct session *older, *newer;
	uint64_t id;
	uint32_t conn;
	struct eap *eap;
};

struct keyholder_eap {
	struct entry *conns[BUCKETS];
	struct session *sessions[BUCKETS];
	struct session *oldest, *newest;
	unsigned int n_sessions;
};

struct keyholder_eap *keyholder_eap_new(void)
{
	struct keyholder_eap *ke = calloc(1, sizeof(*ke));

	if (!ke)
		abort();
	return ke;
}

/* --- connections --- */

static struct entry **entry_find(struct keyholder_eap *ke, uint32_t conn)
{
	struct entry **at = &ke->conns[conn % BUCKETS];

	while (*at && (*at)->conn != conn)
		at = &(*at)->next;
	return at;
}

void keyholder_eap_forget(struct keyholder_eap *ke, uint32_t conn)
{
	struct entry **at = entry_find(ke, conn), *entry = *at;

	if (!entry)
		return;
	*at = entry->next;
	eap_conf_put(entry->conf);
	free(entry);
}

void keyholder_eap_conf(struct keyholder_eap *ke, const struct message_eap *message)
{
	struct entry **at, *entry;

	keyholder_eap_forget(ke, message->conn);
	if (message->n_methods > EAP_METHODS_MAX ||
	    !message_text_ok(message->identity, EAP_NAME_MAX))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		abort();
	entry->conn = message->conn;
	entry->conf = eap_conf_new();
	entry->conf->random = child_random;
	entry->conf->n_methods = message->n_methods;
	memcpy(entry->conf->methods, message->methods, message->n_methods);
	memcpy(entry->conf->identity, message->identity, sizeof(entry->conf->identity));
	if (memchr(message->methods, EAP_TLS, message->n_methods)) {
		entry->conf->tls = tls_conf_new();
		tls_conf_strict(entry->conf->tls, (enum pki_strict)message->strict);
		tls_conf_newest(entry->conf->tls, message->tls13);
	}
	at = entry_find(ke, message->conn);
	entry->next = *at;
	*at = entry;
}

static int password_read(struct eap_conf *conf, int fd, char *why, size_t why_len)
{
	static struct secret secret;
	int err = secret_read(fd, &secret, why, why_len);

	if (!err && secret.len > sizeof(conf->password)) {
		snprintf(why, why_len, "the password is longer than %d bytes", EAP_PASSWORD_MAX);
		err = -1;
	}
	if (!err) {
		conf->password_len = secret.len;
		memcpy(conf->password, secret.data, secret.len);
	}
	explicit_bzero(&secret, sizeof(secret));
	return err;
}

static int certs_read(struct eap_conf *conf, uint8_t kind, const uint8_t *data, size_t len,
		      char *why, size_t why_len)
{
	struct pki_bundle *bundle;
	int err = 0;

	if (!conf->tls)
		return 0;
	bundle = pki_bundle_read(kind == SECRET_TLS_CRL ? PKI_CRLS : PKI_CERTS, data, len, why,
				 why_len);
	if (!bundle)
		return -1;
	if (kind == SECRET_TLS_CERT)
		err = tls_conf_certs(conf->tls, bundle);
	else if (kind == SECRET_TLS_CA)
		err = tls_conf_authorities(conf->tls, bundle);
	else
		err = tls_conf_crls(conf->tls, bundle);
	if (err)
		snprintf(why, why_len, "TLS does not take it");
	pki_bundle_put(bundle);
	return err;
}

int keyholder_eap_file(struct keyholder_eap *ke, const struct message_secret *message, int fd,
		       char *why, size_t why_len)
{
	const struct entry *entry = *entry_find(ke, message->conn);
	size_t max = message->kind == SECRET_TLS_CRL ? CRL_MAX : FILE_MAX, len = 0;
	uint8_t *data;
	ssize_t got;
	int err;

	if (!entry)
		return 0;
	if (message->kind == SECRET_EAP_PASSWORD)
		return password_read(entry->conf, fd, why, why_len);
	data = malloc(max); /* of which only what is read is ever there */
	if (!data)
		abort();
	/* pread: the ike process may have the same open file */
	do {
		got = pread(fd, data + len, max - len, (off_t)len);
		len += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (message->kind == SECRET_EAP_USERS)
		err = eap_users_read(entry->conf, data, len, why, why_len);
	else
		err = certs_read(entry->conf, message->kind, data, len, why, why_len);
	explicit_bzero(data, len);
	free(data);
	return err;
}

void keyholder_eap_key(struct keyholder_eap *ke, uint32_t conn, const struct pki_key *key)
{
	const struct entry *entry = *entry_find(ke, conn);

	if (entry && entry->conf->tls)
		tls_conf_key(entry->conf->tls, key);
}

/* --- conversations --- */

static struct session **session_find(struct keyholder_eap *ke, uint64_t id)
{
	struct session **at = &ke->sessions[id % BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

void keyholder_eap_end(struct keyholder_eap *ke, uint64_t id)
{
	struct session **at = session_find(ke, id), *s = *at;

	if (!s)
		return;
	*at = s->next;
	*(s->older ? &s->older->newer : &ke->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &ke->newest) = s->older;
	ke->n_sessions--;
	eap_free(s->eap);
	free(s);
}

static struct session *session_new(struct keyholder_eap *ke, const struct ike_fx_eap *ask)
{
	const struct entry *entry = *entry_find(ke, ask->conn);
	struct session *s, **at;

	if (!entry)
		return NULL;
	keyholder_eap_end(ke, ask->session);
	if (ke->n_sessions >= SESSIONS_MAX)
		keyholder_eap_end(ke, ke->oldest->id);
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->id = ask->session;
	s->conn = ask->conn;
	s->eap = eap_new(entry->conf, ask->server);
	s->older = ke->newest;
	*(ke->newest ? &ke->newest->newer : &ke->oldest) = s;
	ke->newest = s;
	ke->n_sessions++;
	at = session_find(ke, s->id);
	s->next = *at;
	*at = s;
	return s;
}

void keyholder_eap_step(struct keyholder_eap *ke, const struct ike_fx_eap *ask,
			struct ike_ev_eap *reply)
{
	struct session *s = *session_find(ke, ask->session);
	enum eap_status status;
	size_t len = 0;

	_Static_assert(sizeof(reply->data) >= (size_t)EAP_PACKET_MAX, "an EAP packet fits");
	memset(reply, 0, sizeof(*reply));
	reply->request = ask->request;
	reply->status = IKE_EAP_FAILURE;
	if (ask->len > IKE_EAP_MAX || ask->peer.len > IKE_ID_MAX)
		return;
	/* A client's conversation begins with the server's first packet. */
	if (ask->begin || !s)
		s = session_new(ke, ask);
	if (!s || s->conn != ask->conn) {
		snprintf(reply->why, sizeof(reply->why), "EAP is not configured for this tunnel");
		return;
	}
	status = eap_step(s->eap, ask->begin ? NULL : ask->data, ask->len, reply->data, &len);
	reply->len = (uint16_t)len;
	reply->status = status == EAP_CONTINUE ? IKE_EAP_CONTINUE :
			status == EAP_SUCCESS  ? IKE_EAP_SUCCESS :
						 IKE_EAP_FAILURE;
	reply->mutual = eap_mutual(s->eap, ask->peer.type, ask->peer.data, ask->peer.len);
	reply->has_msk = eap_msk(s->eap) != NULL;
	snprintf(reply->identity, sizeof(reply->identity), "%s", eap_identity(s->eap));
	if (status == EAP_FAILURE)
		snprintf(reply->why, sizeof(reply->why), "%s", eap_why(s->eap));
}

const uint8_t *keyholder_eap_msk(struct keyholder_eap *ke, uint64_t session, uint32_t conn)
{
	const struct session *s = *session_find(ke, session);

	return s && s->conn == conn ? eap_msk(s->eap) : NULL;
}
