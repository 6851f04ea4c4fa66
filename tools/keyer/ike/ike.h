/* SPDX-License-Identifier: MIT */
/*
 * The IKE protocol core's outer face.
 *
 * The core is a function: ike_step() takes one event and appends the effects
 * that follow from it. It makes no system call, knows no clock but the one in
 * the event, and holds no secret of long term: a pre-shared key stays with the
 * keyholder, which answers IKE_FX_AUTH_SIGN and IKE_FX_AUTH_VERIFY. So whole
 * exchanges, lost, doubled and crossing messages included, run in one process
 * under a test or a fuzzer.
 *
 * The core runs in the `ike` process, which sees bytes of the network and is
 * trusted with nothing else. Events and effects that cross to netadmin or the
 * keyholder are plain structures without pointers, and are their own form on
 * the socket pair: both ends are the same binary. The receiver of an effect
 * checks every field, since the sender may have been taken over.
 *
 * Integers are in host byte order but SPIs, which are as on the wire.
 */
#ifndef IPSECVIF_KEYER_IKE_H
#define IPSECVIF_KEYER_IKE_H

#include "tools/keyer/ike/conf.h"

/** enum ike_ev_type - what can happen to the core */
enum ike_ev_type {
	IKE_EV_TICK, /* time has passed; due by ike_deadline() at the latest */
	IKE_EV_PACKET, /* a datagram; the non-ESP marker of port 4500 is stripped */
	IKE_EV_CONN_SET, /* add or replace a connection; live SAs keep running and are
			  * told of changes only where they apply in place */
	IKE_EV_CONN_DEL, /* remove it: DELETE to the peer, children uninstalled */
	IKE_EV_INITIATE, /* bring up a connection (all children, or the one named) */
	IKE_EV_TERMINATE, /* take down a connection (or the child named) */
	IKE_EV_REKEY, /* operator's wish: rekey the IKE SA (or the child named) */
	IKE_EV_AUTH_SIGNED, /* keyholder's answer to IKE_FX_AUTH_SIGN */
	IKE_EV_AUTH_VERIFIED, /* answer to IKE_FX_AUTH_VERIFY or IKE_FX_CERT_VERIFY */
	IKE_EV_EAP, /* keyholder's answer to IKE_FX_EAP */
	IKE_EV_PPK, /* keyholder's answer to IKE_FX_PPK */
	IKE_EV_SPI, /* netadmin's answer to IKE_FX_SPI_REQUEST */
	IKE_EV_INSTALLED, /* netadmin's answer to IKE_FX_CHILD_INSTALL */
	IKE_EV_CHILD_EXPIRE, /* the kernel: soft or hard limit, sequence near its end */
	IKE_EV_MAPPING, /* the kernel: an authentic ESP packet from a new address */
	IKE_EV_ADDRESS_LOST, /* a local address is gone (netadmin watches rtnetlink) */
	IKE_EV_ROAM, /* the route to a connection's peer leaves from another address now */
	IKE_EV_PATH, /* netadmin's answer to IKE_FX_PATH */
	IKE_EV_SHUTDOWN, /* DELETE to every peer; IKE_FX_SHUTDOWN_DONE follows */
};

struct ike_ev_packet {
	struct ike_addr local, remote;
	bool natt; /* came to port 4500 with the marker */
	size_t len;
	const uint8_t *data; /* never leaves the ike process */
};

struct ike_ev_initiate {
	uint32_t conn;
	char child[IKE_NAME_MAX]; /* "": all */
	struct ike_addr local; /* chosen by netadmin from the route */
	struct ike_addr remote; /* resolved by netadmin; port 0: 500 */
};

struct ike_ev_terminate {
	uint32_t conn;
	char child[IKE_NAME_MAX]; /* "": the IKE SA with all its children */
};

/** struct ike_ev_roam - @local: family 0: the peer is not reached from here any more. */
struct ike_ev_roam {
	uint32_t conn;
	struct ike_addr was, local; /* ports do not matter */
};

struct ike_ev_auth {
	uint64_t request; /* that of the effect answered */
	bool ok; /* verified, or signed */
	uint8_t method; /* AUTH_SIGNED: enum ike_auth_method; 0: the one asked for */
	uint16_t len;
	uint8_t data[IKE_AUTH_MAX]; /* AUTH_SIGNED: the payload's data */
	char why[IKE_TEXT_MAX]; /* if not ok: a sentence */
	char hint[IKE_TEXT_MAX]; /* and what to change, or "" */
};

/** enum ike_eap_status - of a conversation after a packet */
enum ike_eap_status {
	IKE_EAP_CONTINUE,
	IKE_EAP_SUCCESS,
	IKE_EAP_FAILURE
};

struct ike_ev_eap {
	uint64_t request;
	uint8_t status; /* enum ike_eap_status */
	bool mutual; /* on success: the server is proved so well that EAP alone will do */
	bool has_msk; /* on success: AUTH is to be made with the key of the method */
	uint16_t len;
	uint8_t data[IKE_EAP_MAX]; /* to be sent */
	char identity[IKE_EAP_NAME_MAX]; /* of the client, on success */
	char why[IKE_TEXT_MAX]; /* on failure: a sentence */
	char hint[IKE_TEXT_MAX];
};

/** struct ike_ev_ppk - prf+(PPK, each of the three), RFC 8784 3 */
struct ike_ev_ppk {
	uint64_t request;
	bool ok;
	uint8_t d[IKE_PRF_MAX], pi[IKE_PRF_MAX], pr[IKE_PRF_MAX];
	char why[IKE_TEXT_MAX];
};

struct ike_ev_spi {
	uint64_t request;
	bool ok;
	uint32_t spi; /* as on the wire (big-endian) */
	char why[IKE_TEXT_MAX];
};

struct ike_ev_installed {
	uint64_t request;
	bool ok;
	char why[IKE_TEXT_MAX];
};

struct ike_ev_child {
	uint32_t spi_in, spi_out; /* one of them may be 0 when unknown */
	bool hard; /* the SA is gone */
	struct ike_addr seen; /* IKE_EV_MAPPING: where the packet came from */
};

/** struct ike_ev_path - @why: if not ok, words that may follow a colon. Ports are 0. */
struct ike_ev_path {
	uint64_t request;
	bool ok;
	struct ike_addr local, remote;
	char why[IKE_TEXT_MAX];
};

/** struct ike_event - one event. @now: ms, any monotonic clock. */
struct ike_event {
	enum ike_ev_type type;
	uint64_t now;
	union {
		struct ike_ev_packet packet;
		const struct ike_conn_conf *conf; /* CONN_SET; copied by the core */
		uint32_t conn; /* CONN_DEL */
		struct ike_ev_initiate initiate;
		struct ike_ev_terminate terminate; /* also REKEY */
		struct ike_ev_auth auth;
		struct ike_ev_eap eap;
		struct ike_ev_ppk ppk;
		struct ike_ev_spi spi;
		struct ike_ev_installed installed;
		struct ike_ev_child child; /* CHILD_EXPIRE, MAPPING */
		struct ike_addr address; /* ADDRESS_LOST */
		struct ike_ev_roam roam;
		struct ike_ev_path path;
	} u;
};

/** enum ike_fx_type - what the core wants done */
enum ike_fx_type {
	IKE_FX_SEND, /* a datagram (ike process) */
	IKE_FX_AUTH_SIGN, /* keyholder: compute our AUTH */
	IKE_FX_AUTH_VERIFY, /* keyholder: check the peer's AUTH, made with a secret */
	IKE_FX_CERT_VERIFY, /* ike process: check the peer's signature and certificate */
	IKE_FX_EAP, /* keyholder: an EAP packet of the peer */
	IKE_FX_EAP_END, /* keyholder: forget a conversation and its key */
	IKE_FX_PPK, /* keyholder: mix the post-quantum pre-shared key into these keys */
	IKE_FX_SPI_REQUEST, /* netadmin: reserve an inbound SPI */
	IKE_FX_SPI_RELEASE, /* netadmin: give one back that was not used */
	IKE_FX_CHILD_INSTALL, /* netadmin: install an SA pair with its selectors; if that
			       * fails, the SPI stays reserved until SPI_RELEASE */
	IKE_FX_CHILD_UPDATE, /* netadmin: the pair's outer addresses or ports changed */
	IKE_FX_CHILD_REMOVE, /* netadmin: remove a pair; may cross a failing INSTALLED */
	IKE_FX_PATH, /* netadmin: which of these can be reached, and from where? */
	IKE_FX_CONFIG, /* netadmin: what a gateway gave us; before IKE_ST_IKE_UP */
	IKE_FX_STATUS, /* netadmin: something the operator or the policy wants to know */
	IKE_FX_LOG, /* a line for the log at a level */
	IKE_FX_SHUTDOWN_DONE,
};

struct ike_fx_send {
	struct ike_addr local, remote;
	bool natt; /* put the non-ESP marker before it (keepalives: raw) */
	bool keepalive; /* the one byte 0xff, without the marker */
	size_t len;
	const uint8_t *data; /* valid until the effects are cleared */
};

struct ike_fx_auth {
	uint64_t request;
	uint32_t conn;
	uint8_t method; /* enum ike_auth_method */
	bool second; /* SIGN: of our second round, which may have a key of its own */
	uint16_t prf; /* transform id, for IKE_AUTH_PSK */
	uint64_t eap; /* conversation whose key is the secret; 0: the configured one */
	uint16_t hashes; /* SIGN: 1 << enum pki_hash that the peer announced (RFC 7427) */
	struct ike_id peer; /* claimed (VERIFY) or expected (SIGN) identity */
	uint16_t auth_len; /* VERIFY: what the peer sent */
	uint8_t auth[IKE_AUTH_MAX];
	uint16_t octets_len; /* InitiatorSignedOctets or ResponderSignedOctets */
	uint8_t octets[IKE_OCTETS_MAX];
};

/** struct ike_fx_eap - a packet of the peer; with @begin the server's first is wanted. */
struct ike_fx_eap {
	uint64_t request;
	uint64_t session; /* conversation, unique */
	uint32_t conn;
	bool server, begin;
	struct ike_id peer; /* the server's, for a client */
	uint16_t len;
	uint8_t data[IKE_EAP_MAX];
};

struct ike_fx_eap_end {
	uint64_t session;
};

/**
 * struct ike_fx_cert - a peer's signature, and the certificates that came with
 * it: one after the other in @certs, its own first. Never leaves the ike process.
 */
struct ike_fx_cert {
	uint64_t request;
	uint32_t conn;
	uint8_t method; /* enum ike_auth_method */
	struct ike_id peer; /* claimed identity */
	uint16_t auth_len;
	uint8_t auth[IKE_AUTH_MAX];
	uint16_t octets_len;
	uint8_t octets[IKE_OCTETS_MAX];
	uint8_t n_certs;
	uint16_t cert_len[IKE_CERTS_MAX];
	uint8_t certs[IKE_CERTS_LEN_MAX];
};

/** struct ike_fx_ppk - SK_d, SK_pi and SK_pr without the PPK. */
struct ike_fx_ppk {
	uint64_t request;
	uint32_t conn;
	uint16_t prf;
	uint8_t d[IKE_PRF_MAX], pi[IKE_PRF_MAX], pr[IKE_PRF_MAX];
};

struct ike_fx_spi {
	uint64_t request; /* SPI_REQUEST */
	uint32_t conn;
	char child[IKE_NAME_MAX];
	uint8_t protocol; /* 3 ESP, 2 AH */
	uint32_t spi; /* SPI_RELEASE, as on the wire */
};

struct ike_key {
	uint16_t len;
	uint8_t data[IKE_KEY_MAX];
};

/**
 * struct ike_fx_child - a pair of SAs.
 * @replaces_in: SPI (in) of the pair that this one rekeys, or 0; the old pair
 *	stays until its own CHILD_REMOVE.
 * @protocol: 3 ESP, 2 AH; this and the SPIs alone are set in CHILD_REMOVE.
 * @cpi_in, @cpi_out: IPComp's indices, ours and the peer's; 0: no compression.
 * @encr: the transforms chosen; @encr.id is 0 with AH, @integ.id with an AEAD.
 * @local_ts, @remote_ts: as negotiated.
 */
struct ike_fx_child {
	uint64_t request; /* CHILD_INSTALL */
	uint32_t conn;
	char child[IKE_NAME_MAX];
	uint8_t protocol, mode;
	bool esn;
	bool encap; /* ESP in UDP, between the ports of local and remote */
	bool initiator; /* of the exchange that made it */
	uint32_t spi_in, spi_out; /* as on the wire */
	uint32_t replaces_in;
	uint16_t cpi_in, cpi_out;
	struct ike_addr local, remote;
	struct ike_transform encr, integ;
	struct ike_key encr_in, encr_out, integ_in, integ_out;
	uint64_t soft_ms, hard_ms; /* 0: never */
	uint64_t soft_bytes, hard_bytes, soft_packets, hard_packets;
	uint8_t n_local, n_remote;
	struct ike_ts local_ts[IKE_TS_MAX], remote_ts[IKE_TS_MAX];
};

/**
 * struct ike_fx_config - our addresses, IPv4 and IPv6, behind a gateway, and its servers
 * for names: of DNS, and of NetBIOS, which are IPv4.
 */
struct ike_fx_config {
	uint32_t conn;
	struct ike_addr addr[2]; /* family 0: none */
	uint8_t n_dns, n_nbns;
	struct ike_addr dns[IKE_DNS_MAX], nbns[IKE_NBNS_MAX];
};

/**
 * struct ike_fx_path - who is looked for
 * @to: @n addresses, the first that can be reached is taken.
 * @name: a host name instead, if not "": ike_host_name_ok().
 * @not_to: an address that is of no use; family 0: none.
 */
struct ike_fx_path {
	uint64_t request;
	uint32_t conn;
	uint8_t n;
	struct ike_addr to[IKE_ADDRS_MAX];
	struct ike_addr not_to;
	char name[IKE_HOST_MAX];
};

/** enum ike_status - what IKE_FX_STATUS tells */
enum ike_status {
	IKE_ST_STEP, /* progress; text is for `tunnel up` */
	IKE_ST_IKE_UP, /* IKE SA authenticated */
	IKE_ST_IKE_REKEYED,
	IKE_ST_IKE_DOWN, /* IKE SA gone, text says why; children preceded */
	IKE_ST_CHILD_UP, /* installed; the first or a rekeyed one */
	IKE_ST_CHILD_DOWN, /* the connection has no SA for this child any more */
	IKE_ST_CHILD_FAILED, /* this child could not be had; the IKE SA stands */
	IKE_ST_IKE_MOVED, /* an end has another address, or a NAT before it */
	IKE_ST_FAILED, /* the attempt ended without an IKE SA; text and hint say why */
};

/** enum ike_reason - the cause, for policy and programs */
enum ike_reason {
	IKE_WHY_NONE,
	IKE_WHY_OPERATOR, /* we were told to */
	IKE_WHY_PEER, /* the peer deleted it */
	IKE_WHY_TIMEOUT, /* no answer */
	IKE_WHY_DPD, /* no answer to the liveness check */
	IKE_WHY_NO_PROPOSAL,
	IKE_WHY_NO_TS,
	IKE_WHY_AUTH, /* the peer failed ours, or we the peer's check */
	IKE_WHY_ID, /* no connection for this identity */
	IKE_WHY_PROTOCOL, /* malformed or against the RFC */
	IKE_WHY_KERNEL, /* SA could not be installed */
	IKE_WHY_REPLACED, /* a newer SA of the same peer */
	IKE_WHY_EXPIRED, /* lifetime ended without a rekey */
	IKE_WHY_CONFIG, /* the connection was removed or changed */
};

struct ike_fx_status {
	enum ike_status what;
	enum ike_reason why;
	uint32_t conn;
	char child[IKE_NAME_MAX]; /* "" for the IKE SA */
	uint8_t spi_i[8], spi_r[8]; /* of the IKE SA */
	uint8_t was_spi_i[8], was_spi_r[8]; /* IKE_ST_IKE_REKEYED: before */
	uint32_t spi_in, spi_out; /* of the child */
	bool initiator;
	bool nat_local, nat_remote;
	struct ike_addr local, remote;
	struct ike_id peer_id;
	uint64_t rekey_at; /* in the events' clock, ms; 0 never */
	uint64_t reauth_at;
	char proposal[256]; /* in strongSwan's spelling */
	char text[IKE_TEXT_MAX]; /* one sentence */
	char hint[IKE_TEXT_MAX]; /* what to change, on which side; or "" */
};

/** enum ike_log_level - as syslog */
enum ike_log_level {
	IKE_LOG_ERR = 3,
	IKE_LOG_WARN = 4,
	IKE_LOG_INFO = 6,
	IKE_LOG_DEBUG = 7
};

struct ike_fx_log {
	uint32_t conn; /* 0: none */
	enum ike_log_level level;
	char text[IKE_TEXT_MAX]; /* key=value words; never a secret */
};

struct ike_effect {
	enum ike_fx_type type;
	union {
		struct ike_fx_send send;
		struct ike_fx_auth auth;
		struct ike_fx_cert cert;
		struct ike_fx_eap eap;
		struct ike_fx_eap_end eap_end;
		struct ike_fx_ppk ppk;
		struct ike_fx_spi spi;
		struct ike_fx_child child;
		struct ike_fx_path path;
		struct ike_fx_config config;
		struct ike_fx_status status;
		struct ike_fx_log log;
	} u;
};

/**
 * struct ike_effects - a list of effects, in order. ike_step() appends.
 * Allocate with ike_effects_new(); ike_effects_clear() wipes keys. An effect is
 * only as long as the member of its type: copy that, never the whole.
 */
struct ike_effects;

struct ike_effects *ike_effects_new(void);
size_t ike_effects_count(const struct ike_effects *fx);
const struct ike_effect *ike_effects_get(const struct ike_effects *fx, size_t i);
void ike_effects_clear(struct ike_effects *fx);
void ike_effects_free(struct ike_effects *fx);

/**
 * struct ike_env - what the core calls while it steps.
 * @random: fill @buf with @len unpredictable bytes; can't fail (abort if so).
 * @certificate: may be NULL (none); else gives the DER of the @i-th certificate
 *	that goes to the peers of a connection, in our first round or the @second, and
 *	returns its length, 0 beyond the last.
 * @authority: the same for the CAs that it believes: the 20 bytes of a CERTREQ,
 *	NULL beyond the last.
 * @cookie_threshold: half-open SAs from which COOKIEs are demanded; 0: default.
 * @capable: may be NULL (all); else says whether the kernel has this transform
 *	of ESP or AH, so that nothing is negotiated that it lacks.
 */
struct ike_env {
	void *ctx;
	void (*random)(void *ctx, uint8_t *buf, size_t len);
	bool (*capable)(void *ctx, uint8_t protocol, const struct ike_transform *t);
	size_t (*certificate)(void *ctx, uint32_t conn, bool second, unsigned int i,
			      const uint8_t **der);
	const uint8_t *(*authority)(void *ctx, uint32_t conn, unsigned int i);
	uint32_t cookie_threshold;
	uint32_t half_open_max; /* beyond it new requests are dropped; 0: default */
	uint32_t half_open_source_max; /* ... from one address (IPv6: /64); 0: default */
};

struct ike; /* all connections and IKE SAs of one daemon */

struct ike *ike_new(const struct ike_env *env);
/** ike_step() - feed one event; effects are appended to @fx, never removed. */
void ike_step(struct ike *ike, const struct ike_event *ev, struct ike_effects *fx);
/** ike_deadline() - when the next IKE_EV_TICK is due (ms), UINT64_MAX if never. */
uint64_t ike_deadline(const struct ike *ike);
/** ike_free() - wipe and free everything, silently. */
void ike_free(struct ike *ike);

/*
 * Algorithms by strongSwan's names (ike/proposal.c), for configuration and log.
 */
/**
 * ike_proposal_parse() - "aes256gcm16-prfsha384-ecp384" to a proposal.
 * @protocol: 1 IKE, 2 AH or 3 ESP; for these the DH group is optional (PFS), and ESN is
 *	"esn" / "noesn" (default: both, ESN first).
 * @err: on failure, one sentence that names the word and the nearest known one.
 * Return: 0, or -1 with nothing written but @err.
 */
int ike_proposal_parse(uint8_t protocol, const char *text, struct ike_proposal *p, char *err,
		       size_t err_len);
/** ike_proposal_legacy() - its first outdated algorithm (RFC 8221, RFC 8247), or NULL. */
const char *ike_proposal_legacy(const struct ike_proposal *p);
/** ike_proposal_lacking() - its first key exchange that OpenSSL here lacks, or NULL. */
const char *ike_proposal_lacking(const struct ike_proposal *p);
/** ike_proposal_print() - the reverse; returns @buf. */
char *ike_proposal_print(const struct ike_proposal *p, char *buf, size_t len);
/** ike_id_parse() - "gw@example.com", "@fqdn", "10.0.0.1", "keyid:...", "any". */
int ike_id_parse(const char *text, struct ike_id *id, char *err, size_t err_len);
char *ike_id_print(const struct ike_id *id, char *buf, size_t len);
/**
 * ike_ts_parse() - "10.1.0.0/16", "10.0.0.1-10.0.0.9", with "[tcp/22]" or "[17/1-100]";
 * "dynamic", of family 0, likewise.
 */
int ike_ts_parse(const char *text, struct ike_ts *ts, char *err, size_t err_len);
char *ike_ts_print(const struct ike_ts *ts, char *buf, size_t len);
/** ike_ts_dynamic() - do these configured selectors stand for the outer address? */
bool ike_ts_dynamic(const struct ike_ts *ts, size_t n);
char *ike_addr_print(const struct ike_addr *a, char *buf, size_t len);
/**
 * ike_host_name_ok() - is this a fully qualified host name (RFC 1123 2.1)?
 * Letters, digits and hyphens in two labels or more, of which the last is no number:
 * what anybody sends can be resolved and logged then.
 */
bool ike_host_name_ok(const uint8_t *name, size_t len);

#endif /* IPSECVIF_KEYER_IKE_H */
