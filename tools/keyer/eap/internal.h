/* SPDX-License-Identifier: MIT */
/* What the files of eap/ share. */
#ifndef IPSECVIF_KEYER_EAP_INTERNAL_H
#define IPSECVIF_KEYER_EAP_INTERNAL_H

#include "tools/keyer/eap/eap.h"

struct tls;

struct eap {
	struct eap_conf *conf;
	bool server;
	bool named; /* the identity is known */
	bool done;
	unsigned int rounds, next_method;
	uint8_t id; /* of the request in progress */
	uint8_t method; /* in use; 0 none yet */
	unsigned int step; /* of the method */
	char identity[EAP_NAME_MAX];
	uint8_t challenge[16], peer_challenge[16], response[24];
	struct tls *tls;
	bool fragmented; /* the first piece of a flight is out, others follow */
	bool proven; /* by the client: the server, too, knows the secret */
	bool has_msk;
	uint8_t msk[EAP_MSK_LEN];
	char why[EAP_WHY_MAX];
};

/** struct eap_data - of a packet of the method's type; @out has room for its @cap */
struct eap_data {
	const uint8_t *in;
	size_t len;
	uint8_t *out;
	size_t out_len, cap;
};

/** struct eap_ops - a method: the type's data in, the type's data out */
struct eap_ops {
	uint8_t type;
	enum eap_status (*server)(struct eap *eap, struct eap_data *d); /* @in NULL: begin */
	enum eap_status (*client)(struct eap *eap, struct eap_data *d);
};

extern const struct eap_ops eap_md5_ops, eap_mschapv2_ops, eap_tls_ops;

enum eap_status eap_fail(struct eap *eap, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** eap_user_find() - of the server's users; NULL. */
const struct eap_user *eap_user_find(const struct eap *eap, const char *name);

#endif /* IPSECVIF_KEYER_EAP_INTERNAL_H */
