/* SPDX-License-Identifier: MIT */
/*
 * What the protocol core, netadmin and the configuration agree on: addresses,
 * identities, selectors, proposals, and a connection made of them.
 *
 * Integers are in host byte order.
 */
#ifndef IPSECVIF_KEYER_IKE_CONF_H
#define IPSECVIF_KEYER_IKE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum ike_limits {
	IKE_NAME_MAX = 64, /* of a tunnel or child, its NUL included */
	IKE_ID_MAX = 256, /* bytes of an identity */
	IKE_TS_MAX = 32, /* traffic selectors a side of a child */
	IKE_PROPOSALS_MAX = 16,
	IKE_TRANSFORMS_MAX = 64, /* of one proposal; charon's default has some 45 */
	IKE_CHILDREN_MAX = 16, /* of one connection */
	IKE_ADDRS_MAX = 16, /* of one side of a connection */
	IKE_HOST_MAX = 256, /* of a host name, its NUL included */
	IKE_KEY_MAX = 128, /* bytes of an ESP key, its salt included */
	IKE_PACKET_MAX = 65535,
	IKE_OCTETS_MAX = 16384, /* what an AUTH payload covers */
	IKE_PPK_ID_MAX = 64,
	IKE_PRF_MAX = 64, /* bytes of a PRF's output */
	IKE_AUTH_MAX = 1280, /* bytes of an AUTH payload's data: RSA with 8192 bits */
	IKE_EAP_MAX = 1500, /* bytes of an EAP packet */
	IKE_EAP_NAME_MAX = 128,
	IKE_POOL_MAX = 8, /* ranges of a pool */
	IKE_DNS_MAX = 4,
	IKE_NBNS_MAX = 4,
	IKE_CERTS_MAX = 8, /* certificates of one message ... */
	IKE_CERTS_LEN_MAX = 32768, /* ... and bytes of all of them */
	IKE_TEXT_MAX = 1024, /* a sentence for the operator, its NUL included */
};

/** struct ike_addr - an address and UDP port; family 0 is "any". */
struct ike_addr {
	uint16_t family; /* AF_INET, AF_INET6 or 0 */
	uint16_t port; /* host byte order; 0 if none */
	uint8_t bytes[16]; /* network byte order, 4 or 16 used */
};

/** ike_host_equal() - the same address, whatever the ports? */
static inline bool ike_host_equal(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/** struct ike_addr_range - inclusive; family 0 is any address. */
struct ike_addr_range {
	uint16_t family;
	uint8_t min[16];
	uint8_t max[16];
};

/** enum ike_id_type - RFC 7296 3.5; IKE_ID_ANY matches each (configuration only). */
enum ike_id_type {
	IKE_ID_ANY = 0,
	IKE_ID_IPV4 = 1,
	IKE_ID_FQDN = 2,
	IKE_ID_EMAIL = 3,
	IKE_ID_IPV6 = 5,
	IKE_ID_DN = 9,
	IKE_ID_KEY_ID = 11,
};

struct ike_id {
	uint8_t type; /* enum ike_id_type */
	uint16_t len;
	uint8_t data[IKE_ID_MAX];
};

/** struct ike_ts - a traffic selector, RFC 7296 3.13.1: a range of addresses. */
struct ike_ts {
	uint16_t family;
	uint8_t proto; /* 0 any */
	uint16_t port_min; /* host byte order */
	uint16_t port_max;
	uint8_t min[16];
	uint8_t max[16];
};

/** struct ike_transform - RFC 7296 3.3.2: type, id, key length in bits (0 none). */
struct ike_transform {
	uint32_t type : 5; /* up to 12, RFC 9370 */
	uint32_t id : 16;
	uint32_t key_bits : 11;
};

/**
 * struct ike_proposal - one of the alternatives for an SA; transforms of one
 * type are alternatives among each other, first preferred.
 */
struct ike_proposal {
	uint8_t protocol : 2; /* 1 IKE, 2 AH, 3 ESP */
	uint8_t alien : 1; /* a peer's, with a transform of an unknown type */
	uint8_t n;
	struct ike_transform t[IKE_TRANSFORMS_MAX];
};

/** struct ike_child_conf - a `child` block. Times in ms, 0 = never. */
struct ike_child_conf {
	char name[IKE_NAME_MAX];
	uint8_t mode; /* 0 transport, 1 tunnel (enum ipsecvif_mode) */
	bool esn; /* offer ESN (both are offered, this one first) */
	bool rekey; /* false: never initiate a rekey */
	bool compress; /* IPComp, if the peer can */
	bool sha256_96; /* sha256 is cut to 96 bits, as the peer wrongly does */
	uint8_t n_local, n_remote, n_proposals;
	/* none, or of family 0 with a protocol: the outer address ("dynamic") */
	const struct ike_ts *local, *remote; /* up to IKE_TS_MAX */
	const struct ike_proposal *proposals; /* up to IKE_PROPOSALS_MAX; all of ESP, or of AH */
	uint64_t lifetime; /* hard, ms */
	uint64_t margin; /* rekey this much before, ms ... */
	uint32_t fuzz_percent; /* ... plus up to this share of the margin */
	uint64_t bytes, packets; /* hard limits, 0 none; the kernel counts */
};

/**
 * enum ike_auth_method - RFC 7296 3.8. A configuration has IKE_AUTH_SIGNATURE
 * for all methods of public keys: the key and the peer decide which it is.
 */
enum ike_auth_method {
	IKE_AUTH_RSA = 1,
	IKE_AUTH_PSK = 2,
	IKE_AUTH_ECDSA_256 = 9, /* RFC 4754 */
	IKE_AUTH_ECDSA_384 = 10,
	IKE_AUTH_ECDSA_521 = 11,
	IKE_AUTH_SIGNATURE = 14, /* RFC 7427 */
	IKE_AUTH_EAP = 201, /* configuration only: RFC 7296 2.16 */
};

/** enum ike_natt - UDP encapsulation policy */
enum ike_natt {
	IKE_NATT_AUTO,
	IKE_NATT_ALWAYS,
	IKE_NATT_NEVER
};

/**
 * enum ike_unique - what a second SA of the same peer does to the first
 * @IKE_UNIQUE_REPLACE: ends it.
 * @IKE_UNIQUE_NEVER: nothing, not even with INITIAL_CONTACT.
 * @IKE_UNIQUE_KEEP: is refused.
 */
enum ike_unique {
	IKE_UNIQUE_REPLACE,
	IKE_UNIQUE_NEVER,
	IKE_UNIQUE_KEEP
};

/** enum ike_send_cert - when our certificates go to the peer, RFC 7296 3.7 */
enum ike_send_cert {
	IKE_SEND_CERT_ALWAYS,
	IKE_SEND_CERT_IFASKED, /* by a CERTREQ */
	IKE_SEND_CERT_NEVER, /* it has them */
};

/** enum ike_childless - IKE_AUTH without a child, RFC 6023 */
enum ike_childless {
	IKE_CHILDLESS_ALLOW, /* if the peer begins so */
	IKE_CHILDLESS_PREFER, /* begin so if the peer can */
	IKE_CHILDLESS_FORCE, /* or not at all */
	IKE_CHILDLESS_NEVER,
};

/**
 * struct ike_conn_conf - a `tunnel` block, as far as the protocol needs it.
 * @id: chosen by netadmin, unique, non-zero, never used again.
 * @n_local: 0 means any local address.
 * @n_remote: address ranges that a peer may come from; 0 means any.
 * @pool: addresses to give to clients; then who asks for none gets no child.
 * @dns, @nbns: name servers, and those of NetBIOS (IPv4), that they are told of.
 * @eap_only: as responder, leave all to EAP if the peer wants it so (RFC 5998).
 * @request: 1 an IPv4 address is asked for, 2 IPv6; @request_addr: the wish.
 *
 * Lists are as long as they need to be: a gateway may have ten thousand of these.
 */
struct ike_conn_conf {
	uint32_t id;
	char name[IKE_NAME_MAX];
	uint8_t n_local, n_remote, n_proposals, n_pool, n_dns, n_nbns, n_children, n_ids2;
	const struct ike_addr_range *local, *remote; /* up to IKE_ADDRS_MAX */
	struct ike_id local_id; /* IKE_ID_ANY: the address in use */
	struct ike_id remote_id; /* IKE_ID_ANY: whatever the secret authenticates */
	uint8_t local_auth, remote_auth; /* enum ike_auth_method */
	uint8_t local_auth2, remote_auth2; /* the second rounds (RFC 4739), 0 none */
	const struct ike_id *ids2; /* none, or ours and the peer's in these; see ike_id2() */
	const struct ike_proposal *proposals; /* up to IKE_PROPOSALS_MAX */
	uint64_t lifetime, margin; /* IKE SA, ms; 0 never */
	uint32_t fuzz_percent;
	bool rekey;
	uint64_t dpd_delay; /* ms without a word from the peer before we ask; 0 never */
	uint64_t dpd_timeout; /* ms of unanswered asking; 0: by retransmission alone */
	uint32_t retransmit_tries; /* default 5 */
	uint64_t retransmit_timeout; /* first, ms; default 2000 */
	uint32_t retransmit_base_percent; /* back-off factor x 100, default 180 */
	uint64_t nat_keepalive; /* ms, 0 never; default 20000 */
	uint16_t fragment_size; /* of IKE's datagrams, IP header included; 0: no fragmentation */
	uint8_t natt; /* enum ike_natt */
	uint8_t unique; /* enum ike_unique */
	uint8_t childless; /* enum ike_childless */
	uint8_t send_cert; /* enum ike_send_cert */
	bool eap_only;
	uint8_t request;
	const struct ike_addr_range *pool; /* up to IKE_POOL_MAX */
	const struct ike_addr *dns; /* up to IKE_DNS_MAX */
	const struct ike_addr *nbns; /* up to IKE_NBNS_MAX */
	struct ike_addr request_addr[2];
	bool mobike; /* RFC 4555 */
	bool redirect; /* go where the gateway sends us, RFC 5685 */
	bool ppk_required; /* RFC 8784: not without it */
	uint8_t ppk_id_len; /* 0: there is none */
	char ppk_id[IKE_PPK_ID_MAX];
	uint64_t reauth; /* ms from one authentication to the next, 0 never */
	const struct ike_child_conf *children; /* up to IKE_CHILDREN_MAX */
};

/** ike_local_does(), ike_remote_does() - is one of that side's rounds of this method? */
static inline bool ike_local_does(const struct ike_conn_conf *conf, enum ike_auth_method method)
{
	return conf->local_auth == method || conf->local_auth2 == method;
}

static inline bool ike_remote_does(const struct ike_conn_conf *conf, enum ike_auth_method method)
{
	return conf->remote_auth == method || conf->remote_auth2 == method;
}

/** ike_id2() - an identity of the second rounds; IKE_ID_ANY: as in the first, or any. */
const struct ike_id *ike_id2(const struct ike_conn_conf *conf, bool remote);

/**
 * ike_conf_pack() - a connection with all of its lists in one piece, for a message
 * @to: room for ike_conf_length() bytes, aligned for any type.
 */
void ike_conf_pack(const struct ike_conn_conf *conf, void *to);
size_t ike_conf_length(const struct ike_conn_conf *conf);
/**
 * ike_conf_unpack() - the reverse, in place
 * @data: @len bytes, aligned for any type.
 * Return: @data as a connection, which is good as long as @data is; NULL if its lists
 *	are not what its counts say.
 */
struct ike_conn_conf *ike_conf_unpack(void *data, size_t len);

#endif /* IPSECVIF_KEYER_IKE_CONF_H */
