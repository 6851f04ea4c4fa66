/* SPDX-License-Identifier: MIT */
/*
 * The messages between the daemon's processes.
 *
 *           netadmin ---- resolver
 *           /      \
 *     keyholder -- ike
 *
 * Trust falls from netadmin over the keyholder to ike and the resolver, which
 * see bytes of the network: whoever receives from them checks every field.
 */
#ifndef IPSECVIF_KEYER_MESSAGE_H
#define IPSECVIF_KEYER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/eap/eap.h"
#include "tools/keyer/ike/ike.h"
#include "tools/keyer/log.h"

enum message_limits {
	MESSAGE_MAX = 160 * 1024, /* bytes of one, its type excluded */
	MESSAGE_ALGS_MAX = 64,
	MESSAGE_NAME_MAX = IKE_HOST_MAX,
	MESSAGE_URL_MAX = 512,
	MESSAGE_PATH_MAX = 256, /* of a file; longer ones are cut */
};

/** enum message_type - and in brackets who sends it to whom, and the structure */
enum message_type {
	/* netadmin -> ike */
	MSG_SOCKET, /* message_socket and a descriptor */
	MSG_CAPS, /* message_caps */
	MSG_CONN_SET, /* ike_conn_conf, packed */
	MSG_CONN_DEL, /* message_conn */
	MSG_INITIATE, /* ike_ev_initiate */
	MSG_TERMINATE, /* ike_ev_terminate */
	MSG_REKEY, /* ike_ev_terminate */
	MSG_SPI, /* ike_ev_spi */
	MSG_INSTALLED, /* ike_ev_installed */
	MSG_EXPIRE, /* ike_ev_child */
	MSG_MAPPING, /* ike_ev_child */
	MSG_ADDRESS_LOST, /* ike_addr */
	MSG_TRUST, /* message_trust: before MSG_CONN_SET; ends at MSG_CONN_DEL */
	MSG_TRUST_FILE, /* message_trust_file and the descriptor of the file */
	MSG_DEBUG, /* message_debug */
	MSG_ROAM, /* ike_ev_roam */
	MSG_PATH, /* ike_ev_path */
	MSG_SHUTDOWN, /* nothing */
	/* ike -> netadmin */
	MSG_SPI_REQUEST, /* ike_fx_spi */
	MSG_SPI_RELEASE, /* ike_fx_spi */
	MSG_CHILD_INSTALL, /* ike_fx_child */
	MSG_CHILD_UPDATE, /* ike_fx_child */
	MSG_CHILD_REMOVE, /* ike_fx_child */
	MSG_PATH_REQUEST, /* ike_fx_path */
	MSG_CONFIG, /* ike_fx_config */
	MSG_STATUS, /* ike_fx_status */
	MSG_SHUTDOWN_DONE, /* nothing */
	/* ike -> netadmin -> resolver */
	MSG_FETCH, /* message_fetch */
	/* resolver -> netadmin -> ike */
	MSG_FETCHED, /* message_fetched, and the descriptor of a file in memory */
	/* ike -> keyholder */
	MSG_SIGN, /* ike_fx_auth */
	MSG_VERIFY, /* ike_fx_auth */
	MSG_EAP, /* ike_fx_eap */
	MSG_EAP_END, /* ike_fx_eap_end */
	MSG_PPK, /* ike_fx_ppk */
	/* keyholder -> ike */
	MSG_EAP_ANSWER, /* ike_ev_eap */
	MSG_SIGNED, /* ike_ev_auth */
	MSG_VERIFIED, /* ike_ev_auth */
	MSG_PPK_MIXED, /* ike_ev_ppk */
	/* netadmin -> keyholder */
	MSG_EAP_CONF, /* message_eap: before the connection's secrets */
	MSG_SECRET_SET, /* message_secret and the descriptor of the file */
	MSG_SECRET_DEL, /* message_conn: all that the connection has */
	/* keyholder -> netadmin */
	MSG_SECRET_STATE, /* message_secret_state */
	/* netadmin -> resolver, and back */
	MSG_RESOLVE, /* message_resolve */
	MSG_RESOLVED, /* message_resolved */
	/* every child -> netadmin */
	MSG_LOG, /* message_log */
	MSG_READY, /* nothing: privileges are dropped */
	MSG_TYPES,
};

/** struct message_socket - a bound UDP socket. */
struct message_socket {
	uint16_t family;
	bool natt; /* port 4500 */
};

/** struct message_caps - the transforms of ESP that the kernel has; @ah: of AH, too. */
struct message_caps {
	uint32_t n;
	struct ike_transform algs[MESSAGE_ALGS_MAX];
	bool ah[MESSAGE_ALGS_MAX];
};

/** struct message_debug - log all of a connection, or no longer */
struct message_debug {
	uint32_t conn;
	bool on;
};

struct message_conn {
	uint32_t conn;
};

/** enum message_secret_kind - what a file of the keyholder's holds */
enum message_secret_kind {
	SECRET_PSK,
	SECRET_KEY,
	SECRET_PPK,
	SECRET_KEY2, /* of our second round */
	SECRET_HELD, /* the kinds above are kept as they are; those below serve EAP */
	SECRET_EAP_PASSWORD = SECRET_HELD,
	SECRET_EAP_USERS,
	SECRET_TLS_CERT, /* no secret, but EAP-TLS is where the key is */
	SECRET_TLS_CA,
	SECRET_TLS_CRL,
	SECRET_KINDS
};

/** struct message_secret - a secret of a connection. @path: for messages only. */
struct message_secret {
	uint32_t conn;
	uint8_t kind; /* enum message_secret_kind */
	bool pkcs1; /* SECRET_KEY: RSA signatures with PKCS#1 v1.5, not PSS */
	bool tls; /* ... it serves EAP-TLS, too */
	char path[MESSAGE_PATH_MAX];
};

/** struct message_eap - EAP of a connection. @identity: ours, as a client. */
struct message_eap {
	uint32_t conn;
	uint8_t strict; /* enum pki_strict: EAP-TLS and CRLs */
	bool tls13; /* EAP-TLS may use TLS 1.3 */
	uint8_t n_methods;
	uint8_t methods[EAP_METHODS_MAX]; /* enum eap_method */
	char identity[EAP_NAME_MAX];
};

/** struct message_secret_state - could the keyholder use the file? */
struct message_secret_state {
	uint32_t conn;
	uint8_t kind; /* enum message_secret_kind */
	bool ok;
	uint8_t key_id[32]; /* SECRET_KEY, SECRET_KEY2: as pki_key_id() */
	char why[IKE_TEXT_MAX];
};

/** enum message_trust_use - what a file of certificates is for */
enum message_trust_use {
	TRUST_OWN, /* our certificate, and intermediates: sent to the peer */
	TRUST_CA,
	TRUST_REMOTE, /* the peer's own certificates */
	TRUST_PUBKEY, /* the peer's raw public keys */
	TRUST_CRL,
	TRUST_OWN2 /* as TRUST_OWN, for our second round */
};

/** struct message_trust - a connection's trust begins anew, without files. */
struct message_trust {
	uint32_t conn;
	uint8_t strict; /* enum pki_strict */
	bool no_ocsp;
	bool key2; /* our second round has a key of its own, whether with a certificate or not */
	char ocsp[MESSAGE_URL_MAX]; /* the responder for the peer's certificate; "": whom that names */
	char name[IKE_NAME_MAX];
};

struct message_trust_file {
	uint32_t conn;
	uint8_t use; /* enum message_trust_use */
	char path[MESSAGE_PATH_MAX];
};

/** struct message_fetch - get what is at a URL, by http; with a request, post that. */
struct message_fetch {
	uint8_t id[PKI_WANT_ID_LEN]; /* is in the answer */
	uint16_t request_len;
	uint8_t request[PKI_OCSP_REQUEST_MAX];
	char url[MESSAGE_URL_MAX];
};

/** struct message_fetched - @why: not empty if it failed. */
struct message_fetched {
	uint8_t id[PKI_WANT_ID_LEN];
	char url[MESSAGE_URL_MAX];
	char why[IKE_TEXT_MAX];
};

/** struct message_resolve - look a name up. @family: AF_INET, AF_INET6 or 0. */
struct message_resolve {
	uint64_t request;
	uint16_t family;
	char name[MESSAGE_NAME_MAX];
};

struct message_resolved {
	uint64_t request;
	uint32_t n; /* 0: failed, @why */
	struct ike_addr addrs[IKE_ADDRS_MAX];
	char why[IKE_TEXT_MAX];
};

struct message_log {
	bool focus; /* of a connection under debug: whatever its level */
	int32_t level;
	char line[LOG_LINE_MAX];
};

/** message_length_ok() - is @len the length of a message of this @type? */
bool message_length_ok(uint32_t type, size_t len);

/** message_text_ok() - does @text end within @size bytes, printable UTF-8 or not? */
bool message_text_ok(const char *text, size_t size);

#endif /* IPSECVIF_KEYER_MESSAGE_H */
