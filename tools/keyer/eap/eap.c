// SPDX-License-Identifier: MIT
/* EAP: identity, choice of the method, packets. */
#include "tools/keyer/eap/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/crypto/tls.h"

enum {
	CODE_REQUEST = 1,
	CODE_RESPONSE = 2,
	CODE_SUCCESS = 3,
	CODE_FAILURE = 4,
	HEADER = 4,
};

static const struct eap_ops *const methods[] = { &eap_md5_ops, &eap_mschapv2_ops, &eap_tls_ops };

/* --- configuration --- */

struct eap_conf *eap_conf_new(void)
{
	struct eap_conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		abort();
	conf->refs = 1;
	return conf;
}

struct eap_conf *eap_conf_get(struct eap_conf *conf)
{
	conf->refs++;
	return conf;
}

void eap_conf_put(struct eap_conf *conf)
{
	struct eap_user *user;

	if (!conf || --conf->refs)
		return;
	while ((user = conf->users)) {
		conf->users = user->next;
		explicit_bzero(user->password, user->len);
		free(user);
	}
	tls_conf_free(conf->tls);
	explicit_bzero(conf, sizeof(*conf));
	free(conf);
}

static const char *user_add(struct eap_conf *conf, const uint8_t *line, size_t len)
{
	struct eap_user *user;
	size_t name = 0, from;

	while (name < len && line[name] != ' ' && line[name] != '\t')
		name++;
	for (from = name; from < len && (line[from] == ' ' || line[from] == '\t'); from++)
		;
	if (from == len)
		return "has no password after the name";
	if (name >= EAP_NAME_MAX || len - from > EAP_PASSWORD_MAX)
		return "has a name or password that is too long";
	user = calloc(1, sizeof(*user) + len - from);
	if (!user)
		abort();
	memcpy(user->name, line, name);
	user->len = len - from;
	memcpy(user->password, line + from, user->len);
	user->next = conf->users;
	conf->users = user;
	return NULL;
}

int eap_users_read(struct eap_conf *conf, const uint8_t *data, size_t len, char *why,
		   size_t why_len)
{
	unsigned int number = 0;
	size_t at = 0, end, next;
	const char *bad;

	for (; at < len; at = next) {
		const uint8_t *newline = memchr(data + at, '\n', len - at);

		number++;
		end = newline ? (size_t)(newline - data) : len;
		next = end + 1;
		if (end > at && data[end - 1] == '\r')
			end--;
		if (end == at || data[at] == '#')
			continue;
		bad = user_add(conf, data + at, end - at);
		if (bad) {
			snprintf(why, why_len, "line %u %s", number, bad);
			return -1;
		}
	}
	if (conf->users)
		return 0;
	snprintf(why, why_len, "it has no line with a user and a password");
	return -1;
}

const struct eap_user *eap_user_find(const struct eap *eap, const char *name)
{
	const struct eap_user *user;

	for (user = eap->conf->users; user && strcmp(user->name, name) != 0; user = user->next)
		;
	return user;
}

/* --- conversations --- */

struct eap *eap_new(struct eap_conf *conf, bool server)
{
	struct eap *eap = calloc(1, sizeof(*eap));

	if (!eap)
		abort();
	eap->conf = eap_conf_get(conf);
	eap->server = server;
	if (!server)
		memcpy(eap->identity, conf->identity, sizeof(eap->identity));
	return eap;
}

void eap_free(struct eap *eap)
{
	if (!eap)
		return;
	tls_free(eap->tls);
	eap_conf_put(eap->conf);
	explicit_bzero(eap, sizeof(*eap));
	free(eap);
}

const uint8_t *eap_msk(const struct eap *eap)
{
	return eap->done && eap->has_msk ? eap->msk : NULL;
}

const char *eap_identity(const struct eap *eap)
{
	return eap->identity;
}

uint8_t eap_method_used(const struct eap *eap)
{
	return eap->method;
}

bool eap_mutual(const struct eap *eap, uint8_t type, const uint8_t *id, size_t len)
{
	return eap->done && eap->has_msk && eap->method == EAP_TLS &&
	       tls_peer_has_id(eap->tls, type, id, len);
}

const char *eap_why(const struct eap *eap)
{
	return eap->why;
}

enum eap_status eap_fail(struct eap *eap, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(eap->why, sizeof(eap->why), fmt, ap);
	va_end(ap);
	eap->done = false;
	eap->has_msk = false;
	return EAP_FAILURE;
}

static void header(uint8_t *out, uint8_t code, uint8_t id, size_t len)
{
	out[0] = code;
	out[1] = id;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
}

static const struct eap_ops *ops_find(uint8_t type)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i]->type == type)
			return methods[i];
	}
	return NULL;
}

static const char *method_name(uint8_t type)
{
	switch (type) {
	case EAP_MD5:
		return "eap-md5";
	case EAP_TLS:
		return "eap-tls";
	case EAP_MSCHAPV2:
		return "eap-mschapv2";
	}
	return "an unknown method";
}

static bool configured(const struct eap *eap, uint8_t type)
{
	return memchr(eap->conf->methods, type, eap->conf->n_methods) != NULL;
}

/* --- the server --- */

static enum eap_status server_finish(struct eap *eap, enum eap_status status, uint8_t *out,
				     size_t *out_len)
{
	/* EAP-Success and -Failure carry the identifier of the response (RFC 3748 4.2) */
	header(out, status == EAP_SUCCESS ? CODE_SUCCESS : CODE_FAILURE, eap->id, HEADER);
	*out_len = HEADER;
	eap->done = status == EAP_SUCCESS;
	return status;
}

static enum eap_status server_method(struct eap *eap, const uint8_t *in, size_t len, uint8_t *out,
				     size_t *out_len)
{
	struct eap_data d = {
		.in = in, .len = len, .out = out + HEADER + 1, .cap = EAP_PACKET_MAX - HEADER - 1
	};
	const struct eap_ops *ops = ops_find(eap->method);
	enum eap_status status = ops->server(eap, &d);

	if (status != EAP_CONTINUE)
		return server_finish(eap, status, out, out_len);
	eap->id++;
	*out_len = HEADER + 1 + d.out_len;
	header(out, CODE_REQUEST, eap->id, *out_len);
	out[HEADER] = eap->method;
	return EAP_CONTINUE;
}

/* The next method that the client has not declined. */
static enum eap_status server_propose(struct eap *eap, const uint8_t *wanted, size_t n,
				      uint8_t *out, size_t *out_len)
{
	while (eap->next_method < eap->conf->n_methods) {
		uint8_t type = eap->conf->methods[eap->next_method++];

		if (wanted && !memchr(wanted, type, n))
			continue;
		eap->method = type;
		eap->step = 0;
		return server_method(eap, NULL, 0, out, out_len);
	}
	eap_fail(eap, "%s declines each EAP method that is configured here", eap->identity);
	return server_finish(eap, EAP_FAILURE, out, out_len);
}

static bool identity_take(struct eap *eap, const uint8_t *data, size_t len)
{
	if (!len || len >= EAP_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (data[i] < 0x20 || data[i] == 0x7f || data[i] == '"')
			return false;
	}
	memcpy(eap->identity, data, len);
	eap->identity[len] = '\0';
	return true;
}

static enum eap_status server_step(struct eap *eap, const uint8_t *in, size_t len, uint8_t *out,
				   size_t *out_len)
{
	uint8_t type = in && len > HEADER ? in[HEADER] : 0;

	if (!in) {
		eap->conf->random(&eap->id, 1);
		header(out, CODE_REQUEST, eap->id, HEADER + 1);
		out[HEADER] = EAP_IDENTITY;
		*out_len = HEADER + 1;
		return EAP_CONTINUE;
	}
	if (in[0] != CODE_RESPONSE || in[1] != eap->id || !type) {
		eap_fail(eap, "the peer's EAP packet is out of order");
		return server_finish(eap, EAP_FAILURE, out, out_len);
	}
	if (!eap->named) {
		eap->named = type == EAP_IDENTITY &&
			     identity_take(eap, in + HEADER + 1, len - HEADER - 1);
		if (eap->named)
			return server_propose(eap, NULL, 0, out, out_len);
		eap_fail(eap, "the peer tells no usable EAP identity");
		return server_finish(eap, EAP_FAILURE, out, out_len);
	}
	if (type == EAP_NAK && eap->step <= 1)
		return server_propose(eap, in + HEADER + 1, len - HEADER - 1, out, out_len);
	if (type != eap->method) {
		eap_fail(eap, "the peer changes its EAP method in between");
		return server_finish(eap, EAP_FAILURE, out, out_len);
	}
	return server_method(eap, in + HEADER + 1, len - HEADER - 1, out, out_len);
}

/* --- the client --- */

static enum eap_status client_answer(struct eap *eap, uint8_t id, uint8_t type, size_t len,
				     uint8_t *out, size_t *out_len)
{
	(void)eap;
	*out_len = HEADER + 1 + len;
	header(out, CODE_RESPONSE, id, *out_len);
	out[HEADER] = type;
	return EAP_CONTINUE;
}

static enum eap_status client_method(struct eap *eap, const uint8_t *in, size_t len, uint8_t *out,
				     size_t *out_len)
{
	struct eap_data d = { .in = in + HEADER + 1,
			      .len = len - HEADER - 1,
			      .out = out + HEADER + 1,
			      .cap = EAP_PACKET_MAX - HEADER - 1 };
	uint8_t type = in[HEADER];

	if (!configured(eap, type)) {
		memcpy(out + HEADER + 1, eap->conf->methods, eap->conf->n_methods);
		snprintf(eap->why, sizeof(eap->why), "the server wants %s, which is not configured",
			 method_name(type));
		return client_answer(eap, in[1], EAP_NAK, eap->conf->n_methods, out, out_len);
	}
	if (eap->method && eap->method != type)
		return eap_fail(eap, "the server changes its EAP method in between");
	eap->method = type;
	eap->id = in[1];
	if (ops_find(type)->client(eap, &d) == EAP_FAILURE)
		return EAP_FAILURE;
	return client_answer(eap, in[1], type, d.out_len, out, out_len);
}

static enum eap_status client_step(struct eap *eap, const uint8_t *in, size_t len, uint8_t *out,
				   size_t *out_len)
{
	size_t name = strlen(eap->identity);

	*out_len = 0;
	if (in[0] == CODE_SUCCESS) {
		/* one who does not know the secret may say so, too */
		if (!eap->proven)
			return eap_fail(eap, "the server ends EAP before it has proved itself");
		eap->done = true;
		return EAP_SUCCESS;
	}
	if (in[0] == CODE_FAILURE && eap->why[0]) /* it was said before why */
		return EAP_FAILURE;
	if (in[0] == CODE_FAILURE)
		return eap_fail(eap, "the server refuses our EAP credentials");
	if (in[0] != CODE_REQUEST || len <= HEADER)
		return eap_fail(eap, "the server's EAP packet is out of order");
	switch (in[HEADER]) {
	case EAP_IDENTITY:
		memcpy(out + HEADER + 1, eap->identity, name);
		return client_answer(eap, in[1], EAP_IDENTITY, name, out, out_len);
	case EAP_NOTIFICATION:
		return client_answer(eap, in[1], EAP_NOTIFICATION, 0, out, out_len);
	default:
		return client_method(eap, in, len, out, out_len);
	}
}

enum eap_status eap_step(struct eap *eap, const uint8_t *in, size_t len, uint8_t *out,
			 size_t *out_len)
{
	static const uint8_t nothing[HEADER];

	*out_len = 0;
	/* what follows the length is padding (RFC 3748 4) */
	if (in &&
	    (len < HEADER || (size_t)(in[2] << 8 | in[3]) > len || (in[2] << 8 | in[3]) < HEADER)) {
		eap_fail(eap, "the peer's EAP packet is malformed");
		return eap->server ? server_finish(eap, EAP_FAILURE, out, out_len) : EAP_FAILURE;
	}
	if (in)
		len = (size_t)(in[2] << 8 | in[3]);
	if (++eap->rounds > EAP_ROUNDS_MAX || eap->done) {
		eap_fail(eap, "EAP comes to no end");
		return eap->server ? server_finish(eap, EAP_FAILURE, out, out_len) : EAP_FAILURE;
	}
	if (eap->server)
		return server_step(eap, in, len, out, out_len);
	return client_step(eap, in ? in : nothing, in ? len : HEADER, out, out_len);
}
