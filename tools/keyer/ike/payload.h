/* SPDX-License-Identifier: MIT */
/*
 * A received message, taken apart; and the payloads of one to send.
 *
 * payload.c walks the chain (RFC 7296 3.2) and knows which payloads exist;
 * payload_*.c know the insides of each. What a struct msg holds points into
 * the packet that it was read from.
 */
#ifndef IPSECVIF_KEYER_PAYLOAD_H
#define IPSECVIF_KEYER_PAYLOAD_H

#include "tools/keyer/ike/header.h"
#include "tools/keyer/ike/iana.h"
#include "tools/keyer/ike/ike.h"

enum payload_limits {
	MSG_NOTIFY_MAX = 32,
	MSG_DELETE_MAX = 8,
	MSG_PAYLOADS_MAX = 96,
	MSG_HASHES_MAX = 64, /* of CERTREQ that we send */
	NONCE_MIN = 16,
	NONCE_MAX = 256,
	NONCE_OURS = 32,
	COOKIE_MAX = 64,
};

struct msg_notify {
	uint8_t protocol;
	uint16_t type;
	struct bytes spi, data;
};

struct msg_delete {
	uint8_t protocol;
	uint8_t spi_len;
	uint16_t n;
	struct bytes spis;
};

/**
 * struct msg - one message.
 * @has: bit PAYLOAD_BIT(type) for each payload seen.
 * @unknown_critical: type of the first unknown payload with the critical bit.
 * @sk: the body of an Encrypted payload, not yet opened; @sk_next the type of
 *	its first inner payload.
 */
struct msg {
	struct ike_header h;
	struct bytes raw;
	uint64_t has;
	uint8_t unknown_critical;
	bool opened; /* the SK payload was authentic */
	struct bytes sa, tsi, tsr, nonce, vendor;
	uint16_t ke_group;
	struct bytes ke;
	struct ike_id idi, idr;
	unsigned int n_certs; /* X.509 for signatures; others are not read */
	size_t certs_len; /* of all */
	struct bytes certs[IKE_CERTS_MAX];
	struct bytes cp, eap;
	uint8_t auth_method;
	struct bytes auth;
	struct bytes sk;
	size_t sk_at; /* offset of @sk in the message: what is authenticated in clear */
	uint8_t sk_next;
	struct bytes inner; /* what was encrypted */
	unsigned int n_notify, n_delete;
	struct msg_notify notify[MSG_NOTIFY_MAX];
	struct msg_delete del[MSG_DELETE_MAX];
};

#define PAYLOAD_BIT(type) (1ULL << ((type)&63))

/**
 * msg_parse() - header and chain of payloads in clear, up to and with an SK.
 * Return: NULL, or what is malformed, in words.
 */
const char *msg_parse(struct bytes packet, struct msg *m);
/** msg_parse_inner() - add the payloads found inside SK. */
const char *msg_parse_inner(struct msg *m, struct bytes plain);

static inline bool msg_has(const struct msg *m, uint8_t type)
{
	return m->has & PAYLOAD_BIT(type);
}

/** msg_notify_find() - the first notify of a type, or NULL. */
const struct msg_notify *msg_notify_find(const struct msg *m, uint16_t type);
/** msg_error() - the first notify that is an error, or NULL. */
const struct msg_notify *msg_error(const struct msg *m);

/* payload_sa.c */

/** struct sa_proposal - a peer's proposal: its number, its SPI, its transforms. */
struct sa_proposal {
	uint8_t number;
	uint8_t spi_len;
	uint8_t spi[IKE_SPI_LEN];
	struct ike_proposal p;
};

struct sa_payload {
	unsigned int n;
	struct sa_proposal p[IKE_PROPOSALS_MAX];
};

const char *sa_payload_parse(struct bytes body, struct sa_payload *sa);
void sa_payload_write(struct writer *w, const struct sa_proposal *p, unsigned int n);

/* payload_ts.c */

struct ts_list {
	uint8_t n;
	struct ike_ts ts[IKE_TS_MAX];
};

const char *ts_payload_parse(struct bytes body, struct ts_list *list);
void ts_payload_write(struct writer *w, const struct ts_list *list);

/* payload_id.c */

const char *id_payload_parse(struct bytes body, struct ike_id *id);
void id_payload_write(struct writer *w, const struct ike_id *id);

/* cp.c */

/** struct cp - a Configuration payload; [0] IPv4, [1] IPv6. */
struct cp {
	uint8_t type;
	bool has[2]; /* an address attribute, perhaps empty */
	struct ike_addr addr[2];
	uint8_t n_dns, n_nbns;
	struct ike_addr dns[IKE_DNS_MAX], nbns[IKE_NBNS_MAX];
};

const char *cp_parse(struct bytes body, struct cp *cp);

/* payload_notify.c */

const char *notify_payload_parse(struct bytes body, struct msg_notify *n);
const char *delete_payload_parse(struct bytes body, struct msg_delete *d);

#endif /* IPSECVIF_KEYER_PAYLOAD_H */
