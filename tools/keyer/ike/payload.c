// SPDX-License-Identifier: MIT
/*
 * The chain of payloads, RFC 7296 3.2.
 */
#include <string.h>

#include "tools/keyer/ike/payload.h"

enum {
	PAYLOAD_CRITICAL = 0x80
};

const struct msg_notify *msg_notify_find(const struct msg *m, uint16_t type)
{
	for (unsigned int i = 0; i < m->n_notify; i++) {
		if (m->notify[i].type == type)
			return &m->notify[i];
	}
	return NULL;
}

const struct msg_notify *msg_error(const struct msg *m)
{
	for (unsigned int i = 0; i < m->n_notify; i++) {
		if (m->notify[i].type <= N_ERROR_MAX)
			return &m->notify[i];
	}
	return NULL;
}

static const char *ke_parse(struct msg *m, struct bytes body)
{
	struct reader r = reader_of(body);

	m->ke_group = read_u16(&r);
	read_u16(&r); /* reserved */
	m->ke = read_rest(&r);
	return r.failed || !m->ke.len ? "KE payload is too short" : NULL;
}

static const char *auth_parse(struct msg *m, struct bytes body)
{
	struct reader r = reader_of(body);

	m->auth_method = read_u8(&r);
	read_bytes(&r, 3); /* reserved */
	m->auth = read_rest(&r);
	if (r.failed || !m->auth.len)
		return "AUTH payload is too short";
	return m->auth.len > IKE_AUTH_MAX ? "AUTH payload is too long" : NULL;
}

/* What has another encoding (hash and URL, CRLs ...) was not asked for. */
static const char *cert_parse(struct msg *m, struct bytes body)
{
	struct reader r = reader_of(body);
	uint8_t encoding = read_u8(&r);
	struct bytes der = read_rest(&r);

	if (r.failed)
		return "CERT payload is too short";
	if (encoding != CERT_X509_SIGNATURE || !der.len)
		return NULL;
	if (m->n_certs == IKE_CERTS_MAX || m->certs_len + der.len > IKE_CERTS_LEN_MAX)
		return "more certificates than can be of use";
	m->certs_len += der.len;
	m->certs[m->n_certs++] = der;
	return NULL;
}

static const char *nonce_parse(struct msg *m, struct bytes body)
{
	m->nonce = body;
	if (body.len < NONCE_MIN || body.len > NONCE_MAX)
		return "Nonce payload is not of 16 to 256 bytes";
	return NULL;
}

/* One payload of a type that may come only once, unless it is N, D or V. */
static const char *payload_parse(struct msg *m, uint8_t type, struct bytes body)
{
	switch (type) {
	case PL_SA:
		m->sa = body;
		return NULL;
	case PL_KE:
		return ke_parse(m, body);
	case PL_IDI:
		return id_payload_parse(body, &m->idi);
	case PL_IDR:
		return id_payload_parse(body, &m->idr);
	case PL_AUTH:
		return auth_parse(m, body);
	case PL_EAP:
		m->eap = body;
		return body.len ? NULL : "EAP payload is empty";
	case PL_CP:
		m->cp = body;
		return NULL;
	case PL_CERT:
		return cert_parse(m, body);
	case PL_NONCE:
		return nonce_parse(m, body);
	case PL_TSI:
		m->tsi = body;
		return NULL;
	case PL_TSR:
		m->tsr = body;
		return NULL;
	case PL_NOTIFY:
		if (m->n_notify == MSG_NOTIFY_MAX)
			return NULL; /* more than anyone sends: the rest is not read */
		return notify_payload_parse(body, &m->notify[m->n_notify++]);
	case PL_DELETE:
		if (m->n_delete == MSG_DELETE_MAX)
			return NULL;
		return delete_payload_parse(body, &m->del[m->n_delete++]);
	}
	return NULL; /* CERTREQ, V: not ours to read */
}

static bool payload_known(uint8_t type)
{
	return (type >= PL_SA && type <= PL_EAP) || type == PL_SKF;
}

static bool payload_repeats(uint8_t type)
{
	return type == PL_NOTIFY || type == PL_DELETE || type == PL_VENDOR || type == PL_CERT ||
	       type == PL_CERTREQ;
}

static const char *chain_parse(struct msg *m, uint8_t next, struct bytes chain, bool inner)
{
	struct reader r = reader_of(chain);
	unsigned int count = 0;

	while (next != PL_NONE) {
		uint8_t type = next, flags;
		struct bytes body;
		const char *err;
		uint16_t len;

		if (++count > MSG_PAYLOADS_MAX)
			return "more payloads than can be";
		next = read_u8(&r);
		flags = read_u8(&r);
		len = read_u16(&r);
		if (r.failed || len < 4 || reader_left(&r) < len - 4u)
			return "a payload is longer than the message";
		body = read_bytes(&r, len - 4u);
		if (!payload_known(type)) {
			if ((flags & PAYLOAD_CRITICAL) && !m->unknown_critical)
				m->unknown_critical = type;
			continue;
		}
		if (msg_has(m, type) && !payload_repeats(type))
			return "a payload that may come once came twice";
		m->has |= PAYLOAD_BIT(type);
		if (type == PL_SK || type == PL_SKF) {
			if (inner)
				return "an Encrypted payload within another";
			m->sk = body;
			m->sk_at = (size_t)(body.p - m->raw.p);
			m->sk_next = next;
			return reader_left(&r) ? "bytes after the Encrypted payload" : NULL;
		}
		err = payload_parse(m, type, body);
		if (err)
			return err;
	}
	return reader_left(&r) ? "bytes after the last payload" : NULL;
}

const char *msg_parse(struct bytes packet, struct msg *m)
{
	struct bytes chain;

	memset(m, 0, sizeof(*m));
	if (!header_parse(packet, &m->h))
		return "header is short or its length is not the datagram's";
	m->raw = packet;
	chain = (struct bytes){ packet.p + IKE_HEADER_LEN, packet.len - IKE_HEADER_LEN };
	return chain_parse(m, m->h.next, chain, false);
}

/*
 * What stood in clear before an SK payload is forgotten: nobody vouches for
 * the order in which it was put together, and no exchange needs it.
 */
const char *msg_parse_inner(struct msg *m, struct bytes plain)
{
	m->has = PAYLOAD_BIT(PL_SK);
	m->n_notify = 0;
	m->n_delete = 0;
	m->n_certs = 0;
	m->certs_len = 0;
	m->unknown_critical = 0;
	m->opened = true;
	m->inner = plain;
	return chain_parse(m, m->sk_next, plain, true);
}
