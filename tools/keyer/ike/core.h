/* SPDX-License-Identifier: MIT */
/*
 * The inside of the protocol core: what the files of tools/keyer/ike share.
 *
 *	struct ike	one daemon: connections, IKE SAs, timers
 *	struct conn	a copy of a configured connection
 *	struct sa	one IKE SA and its two message windows
 *	struct child	one CHILD_SA, installed
 *	struct nego	one CHILD_SA or IKE SA being negotiated
 *	struct turn	a request in progress: the peer's, or ours
 *	struct task	something that an IKE SA is to do when its turn is free
 *
 * Nothing here is kept across events by pointer into a configuration: that may
 * be replaced at any time. Children are found again by name.
 */
#ifndef IPSECVIF_KEYER_CORE_H
#define IPSECVIF_KEYER_CORE_H

#include <sys/queue.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/payload.h"
#include "tools/keyer/ike/proposal.h"
#include "tools/keyer/ike/ts.h"

enum core_limits {
	LEASE_BUCKETS = 1024,
	LEASES_MAX = 65536,
	SA_BUCKETS = 4096,
	CONN_BUCKETS = 1024,
	CONN_FITS_MOST = 15, /* conn_fits(): both addresses are the very ones */
	COOKIE_THRESHOLD = 32, /* half-open SAs */
	HALF_OPEN_MAX = 1024,
	HALF_OPEN_SOURCE_MAX = 128, /* from one address: a NAT may hide many peers */
	HALF_OPEN_MS = 30000, /* a responder waits this long for IKE_AUTH */
	AUTH_MS = 4 * HALF_OPEN_MS, /* ... and for all of it, if it takes several exchanges */
	LINGER_MS = 20000, /* a finished SA still answers retransmissions */
	LINGER_MAX = 4096, /* beyond, what is finished goes at once */
	COOKIE_LIFE_MS = 60000, /* of a secret; the one before is accepted too */
	INIT_RESTARTS_MAX = 4, /* by COOKIE and INVALID_KE_PAYLOAD */
	REAUTH_RETRY_MS = 30000,
	REAUTH_OVERLAP_MS = 1000,
	REPLACED_MS = 10000, /* the peer's time to end what its newer IKE SA replaces */
	RETRY_MS = 2000, /* after TEMPORARY_FAILURE, doubled each time */
	RETRY_MAX = 7,
	SHUTDOWN_MS = 3000, /* to have our DELETEs answered */
	REKEYED_MS = 30000, /* the peer's time to delete what it replaced */
	FRAGS_MAX = 128, /* of one message */
	FRAG_EARLY_MAX = 32768, /* bytes in fragments of one message, before IKE_AUTH is done */
	FRAG_BYTES_MAX = 32 << 20, /* of all messages that are not complete */
	PEER_ADDRS_MAX = 8, /* further ones that a peer tells of (RFC 4555) */
	CHILD_SAS_MAX = 64, /* CHILD_SAs under one IKE SA */
	TASKS_MAX = 128,
	LOG_BURST = 30, /* lines about unauthenticated packets ... */
	LOG_WINDOW_MS = 10000, /* ... in this time */
	REQUEST_LEN_MAX = IKE_OCTETS_MAX - NONCE_MAX - 3 * CRYPTO_DIGEST_MAX - 4,
};

#define NEVER UINT64_MAX

/* timer.c: a heap, so that ten thousand SAs cost no more than the due ones */

struct timer {
	uint64_t at; /* NEVER: not in the heap */
	size_t index;
};

struct timers {
	struct timer **heap;
	size_t n, cap;
};

void timer_init(struct timer *t);
/** timer_set() - (re)arm it, or with NEVER take it out. */
void timer_set(struct timers *ts, struct timer *t, uint64_t at);
/** timer_first() - the one due first, or NULL. */
struct timer *timer_first(const struct timers *ts);
void timers_free(struct timers *ts);

/* conn.c */

/** struct shared_proposals - a list of proposals, and how many times it is somebody's */
struct shared_proposals {
	LIST_ENTRY(shared_proposals) link;
	unsigned int users;
	uint8_t n;
	struct ike_proposal p[];
};

/**
 * struct conn - a connection
 * @one_remote, @remote: the only address that its peer has; @peer_hash: of the only
 *	identity, 0 if there may be several; @signs: its peer may have a certificate; @two_rounds: of
 *	authentication. A
 *	message is for one of perhaps ten thousand: what rules the others out is here,
 *	and not in @conf.
 */
struct conn {
	TAILQ_ENTRY(conn) link, by_peer;
	struct conn *next_by_id;
	uint32_t id;
	uint32_t peer_hash;
	bool one_remote, signs, two_rounds, ppk;
	struct redirects *redirects; /* its latest; NULL none */
	struct ike_addr remote;
	struct ike_conn_conf *conf; /* in one piece, but for the proposals */
	LIST_HEAD(, sa) sas;
};

TAILQ_HEAD(conn_list, conn);

struct ike;
struct sa;
struct v2_row;

/* child.c */

enum child_state {
	CHILD_INSTALLED,
	CHILD_REKEYING, /* our rekey request is out or waits */
	CHILD_REKEYED, /* replaced; whoever replaced it deletes it */
	CHILD_DELETING, /* our DELETE is out */
};

struct child {
	TAILQ_ENTRY(child) link;
	uint64_t serial;
	char name[IKE_NAME_MAX];
	enum child_state state;
	bool ghost; /* the peer has it and we do not: only to be deleted there */
	uint8_t protocol;
	uint32_t spi_in, spi_out;
	uint8_t mode;
	bool initiator, compressed;
	uint64_t rekey_at, expire_at, state_until;
	enum ike_reason why; /* of its DELETE */
	const struct ike_proposal *chosen; /* proposals_share() */
};

TAILQ_HEAD(child_list, child);

/* pool.c */

/** struct lease - an address that a client has, or had */
struct lease {
	LIST_ENTRY(lease) by_addr;
	TAILQ_ENTRY(lease) idle;
	struct ike_addr addr;
	struct ike_id id;
	unsigned int used; /* IKE SAs of this client that have it: two during a reauthentication */
};

LIST_HEAD(lease_bucket, lease);
TAILQ_HEAD(lease_list, lease);

/* tasks: what an IKE SA is to do */

enum task_kind {
	TASK_NONE,
	TASK_INIT, /* IKE_SA_INIT and IKE_AUTH */
	TASK_CHILD_NEW,
	TASK_CHILD_REKEY,
	TASK_CHILD_DELETE,
	TASK_IKE_REKEY,
	TASK_IKE_DELETE,
	TASK_DPD,
	TASK_MOBIKE, /* our addresses, told anew */
};

struct task {
	TAILQ_ENTRY(task) link;
	enum task_kind kind;
	char child[IKE_NAME_MAX]; /* CHILD_NEW */
	uint64_t serial; /* CHILD_REKEY, CHILD_DELETE: of the child */
	uint64_t not_before;
	unsigned int tries;
	uint16_t ke_group; /* the peer asked for this one; 0: our first */
};

TAILQ_HEAD(task_list, task);

/** struct packet - a message; or all its fragments, one after the other. */
struct packet {
	uint8_t *data;
	size_t len;
};

/** struct path - where a datagram came from, and came to. */
struct path {
	struct ike_addr local, remote;
	bool natt;
};

/* nego.c */

struct nego {
	char child[IKE_NAME_MAX];
	uint8_t protocol; /* of the child: ESP or AH */
	uint8_t mode;
	uint64_t replaces; /* serial of the child being rekeyed, 0 none */
	bool initiator;
	struct sa_payload *offer; /* the peer's; responder only */
	uint8_t number; /* of the peer's proposal taken */
	bool want_transport;
	struct ike_proposal chosen;
	uint16_t cpi_in, cpi_out; /* IPComp: ours, the peer's; 0 none */
	uint32_t spi_in, spi_out;
	bool spi_held; /* spi_in is reserved and not installed */
	bool installing; /* CHILD_INSTALL was sent and not answered */
	struct path outer; /* ... with these addresses */
	bool encap;
	struct ts_list local_ts, remote_ts; /* offered, then narrowed */
	struct ts_list offered_i, offered_r; /* what the peer offered; responder only */
	struct crypto_ke *ke;
	uint8_t ni[NONCE_MAX], nr[NONCE_MAX];
	uint16_t ni_len, nr_len;
	uint8_t peer_ke[CRYPTO_KE_MAX];
	uint16_t peer_ke_len, ke_group;
	uint8_t shared[CRYPTO_KE_MAX];
	size_t shared_len;
	/* RFC 9370 */
	uint8_t addke_done; /* further key exchanges that are done ... */
	uint8_t *more; /* ... and what they gave */
	size_t more_len;
	struct packet link; /* responder: what the next request repeats */
	uint16_t error; /* notify to answer with instead; 0 none */
	uint16_t error_group; /* of INVALID_KE_PAYLOAD */
	enum ike_reason why;
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	bool ike; /* a rekey of the IKE SA, not a child */
	uint8_t new_spi_i[IKE_SPI_LEN], new_spi_r[IKE_SPI_LEN];
	/* a simultaneous rekey by the peer: what it made, and its lowest nonce */
	bool collision;
	uint64_t collision_child;
	uint64_t collision_sa; /* serial */
	uint8_t collision_nonce[NONCE_MAX];
	uint16_t collision_nonce_len;
	bool obsolete; /* what is being rekeyed went away meanwhile */
	/* the peer deleted these before its own answer reached us */
	uint32_t deleted[4];
	unsigned int n_deleted;
};

/** struct orphan - an answer of netadmin's that nobody waits for any more. */
struct orphan {
	TAILQ_ENTRY(orphan) link;
	uint64_t request;
	uint32_t conn;
	uint8_t protocol;
	uint32_t spi; /* of a pair being installed; 0 while an SPI is asked for */
	char child[IKE_NAME_MAX];
};

TAILQ_HEAD(orphan_list, orphan);

enum turn_step {
	TURN_IDLE,
	TURN_WAIT_SPI,
	TURN_WAIT_PPK,
	TURN_WAIT_SIGN,
	TURN_WAIT_VERIFY,
	TURN_WAIT_EAP,
	TURN_WAIT_INSTALL,
	TURN_WAIT_PEER, /* our request is out */
};

struct turn;
typedef void (*turn_resume)(struct sa *sa, struct turn *t, const struct ike_event *ev);

struct turn {
	enum turn_step step;
	uint64_t request; /* the effect whose answer is awaited */
	turn_resume resume;
	struct nego *nego;
	struct task *task; /* ours only */
	const struct v2_row *row; /* the transition that this completes */
	uint8_t exchange; /* the peer's only */
	uint32_t mid;
};

/* sa.c */

enum sa_state {
	SA_NEW,
	SA_INIT_SENT,
	SA_INIT_DONE, /* responder: waits for IKE_AUTH */
	SA_AUTH_SENT,
	SA_ESTABLISHED,
	SA_REKEYED, /* replaced; whoever replaced it deletes it */
	SA_DELETING, /* our DELETE is out */
	SA_LINGER, /* done, but answers retransmissions */
	SA_DEAD, /* to be freed at the end of this step */
};

/** enum ppk_state - of the post-quantum pre-shared key (RFC 8784) */
enum ppk_state {
	PPK_NONE,
	PPK_AGREED, /* both can */
	PPK_MIXED, /* sa->keys have it; the initiator does not know whether the peer's do */
	PPK_SURE, /* it does */
};

struct sa_keys {
	uint16_t prf;
	size_t prf_len;
	uint8_t d[CRYPTO_DIGEST_MAX], pi[CRYPTO_DIGEST_MAX], pr[CRYPTO_DIGEST_MAX];
	struct crypto_aead i, r; /* the initiator's and the responder's direction */
};

/** struct out - a message under construction. */
struct out {
	struct writer w;
	size_t next_at; /* where the type of the next payload goes */
	size_t payload_at; /* start of the payload being written, 0 none */
	size_t sk_at; /* start of the Encrypted payload, 0 none */
};

/** struct window - both directions' message IDs, and what may be sent again. */
struct window {
	uint32_t tx_mid; /* of our next request */
	uint32_t rx_mid; /* of the peer's next request */
	struct packet request; /* ours, until answered */
	uint32_t request_mid;
	unsigned int tries;
	uint64_t first_sent, next_at, interval;
	struct packet response; /* our last one, to rx_mid - 1 */
	uint8_t response_to[32]; /* digest of the request in clear that it answers */
};

/**
 * struct sa_eap - EAP within IKE_AUTH
 * @only: the responder proves itself by EAP, too (RFC 5998).
 * @auth: responder: its own AUTH, to go with the next EAP packet, if @signed_auth.
 * @packet: an EAP packet, while an AUTH is checked or made.
 */
struct sa_eap {
	bool only, begun, answered, success, has_msk, signed_auth;
	struct ike_ev_auth auth;
	uint16_t packet_len;
	uint8_t packet[IKE_EAP_MAX];
};

/** struct handshake - what of an IKE SA is of no use once it is authenticated */
struct handshake {
	struct packet init_i, init_r; /* the messages that AUTH covers */
	uint8_t ni[NONCE_MAX], nr[NONCE_MAX];
	uint16_t ni_len, nr_len;
	struct crypto_ke *ke;
	uint16_t ke_group;
	unsigned int restarts;
	uint8_t cookie[COOKIE_MAX];
	uint16_t cookie_len;
	struct ike_id idr_wanted; /* responder: the IDr asked for */
	bool int_auth; /* there was an IKE_INTERMEDIATE (RFC 9242) ... */
	uint8_t int_auth_i[CRYPTO_DIGEST_MAX], int_auth_r[CRYPTO_DIGEST_MAX];
};

/**
 * struct sa_rounds - how far IKE_AUTH is (rounds.c)
 * @mine, @theirs: rounds that are done: ours sent, the peer's verified.
 * @more: the peer has announced another one. @begun: the first message was read.
 * @eap_asked: initiator: our round is EAP, and is under way.
 * @local_id, @peer_id: of the second rounds; empty before.
 * @nego: responder: the first child, until the end.
 */
struct sa_rounds {
	uint8_t mine, theirs;
	bool more, begun, eap_asked;
	struct ike_id local_id, peer_id;
	struct nego *nego;
};

struct sa {
	LIST_ENTRY(sa) by_spi; /* our SPI */
	LIST_ENTRY(sa) by_serial;
	LIST_ENTRY(sa) by_conn;
	LIST_ENTRY(sa) by_init; /* responder: the peer's SPI, until IKE_AUTH */
	LIST_ENTRY(sa) by_half_open;
	LIST_ENTRY(sa) by_dead; /* to be freed at the end of the step */
	TAILQ_ENTRY(sa) link;
	struct ike *ike;
	struct timer timer;
	uint64_t serial;
	enum sa_state state;
	uint64_t state_until;
	struct conn *conn; /* NULL: not known yet, or removed */
	uint32_t conn_id;
	char conn_name[IKE_NAME_MAX];
	bool initiator; /* original initiator of this IKE SA */
	bool half_open; /* counted in ike->half_open */
	bool reported_up;
	uint8_t spi_i[IKE_SPI_LEN], spi_r[IKE_SPI_LEN];
	struct ike_addr local, remote;
	bool natt, nat_local, nat_remote, natt_seen;
	struct path asked; /* of the peer's last request: its response goes there */
	struct path heard; /* of its last response */
	/* RFC 4555 */
	bool mobike, leader; /* agreed on; we decide on the addresses */
	bool mobike_busy, mobike_again; /* an update is out, and is out of date */
	uint8_t n_peer_addrs;
	struct ike_addr peer_addrs[PEER_ADDRS_MAX];
	unsigned int first_path; /* the first path of all is for this try of our request */
	struct ike_addr hint[2]; /* where the peer may be, the latest first; family 0 none */
	struct ike_addr update_local, update_remote; /* as told in the update that is out */
	struct ike_addr other_local; /* ours of the other family; family 0: none is known */
	uint64_t path_request; /* IKE_FX_PATH of MOBIKE's, 0 none; ... */
	bool path_moves; /* ... we move to what is found, or try it */
	bool returns_due, returns_asked; /* 3.7: does the peer get what we send there? */
	uint8_t cookie2[16]; /* what was asked with */
	bool natd_known;
	uint8_t natd_seen[20]; /* how the peer sees us, hashed */
	uint8_t natt_policy; /* enum ike_natt */
	struct ike_id peer_id, local_id;
	const struct ike_proposal *chosen; /* proposals_share(); NULL: none yet */
	struct sa_keys keys;
	uint64_t iv; /* the last of our counter IVs */
	/* RFC 9242 */
	bool intermediate; /* agreed on */
	uint8_t addke_done; /* further key exchanges that are done */
	uint32_t auth_mid; /* of the first IKE_AUTH */
	/* RFC 8784 */
	enum ppk_state ppk_state;
	struct sa_keys *ppk; /* SK_d, SK_pi, SK_pr with it, or without it once mixed */
	struct packet ppk_request; /* NO_PPK_AUTH of ours; responder: the request that waits */
	struct ike_header ppk_header; /* ... and its header */
	uint8_t ppk_next;
	turn_resume ppk_resume; /* initiator: goes on when the keys are mixed */
	struct sa_keys *keys_before; /* responder: of the request before, until IKE_AUTH is done */
	uint16_t fragment_size; /* of our datagrams, IP header included; 0: never fragment */
	struct frags *frags_request, *frags_response;
	struct window win;
	struct turn in, out;
	struct nego *followup; /* the peer's, whose further key exchanges are to come */
	uint64_t followup_until;
	struct task_list tasks;
	unsigned int n_tasks;
	struct child_list children;
	unsigned int n_children;
	/* copied from the configuration, since the SA may outlive it */
	uint32_t retransmit_tries, retransmit_base_percent;
	uint64_t retransmit_timeout, dpd_delay, dpd_timeout, nat_keepalive;
	uint64_t created, established, last_heard, last_sent;
	uint64_t rekey_at, expire_at;
	/* RFC 5685 */
	struct redirect *redirect; /* where we are sent; NULL: nowhere */
	struct ike_addr redirected_from; /* family 0: nowhere */
	/* RFC 7296 2.8.3, RFC 4478 */
	bool began; /* we began the first IKE SA of which this is, by rekeys, one */
	uint64_t reauth_at, end_at; /* end_at: it is over then, because of end_why */
	enum ike_reason end_why;
	uint64_t reauth_of, reauth_by; /* serials, 0 none */
	struct handshake *hs; /* NULL once it is authenticated */
	uint64_t refused_until; /* a refusal in clear stands if nothing better comes */
	uint16_t refused;
	struct sa_eap *eap;
	struct sa_rounds *rounds; /* until IKE_AUTH is done */
	uint8_t was_spi_i[IKE_SPI_LEN], was_spi_r[IKE_SPI_LEN]; /* before the last rekey */
	struct ike_id eap_id; /* what EAP proved the peer to be; responder */
	uint8_t cp_asked; /* responder: 1 the peer wants an IPv4 address, 2 IPv6 */
	struct ike_addr vip_wish[2];
	struct ike_addr vip_local[2], vip_remote[2]; /* given to us, to the peer */
	struct ike_fx_config *given; /* by the gateway, until it is told; NULL: nothing */
	uint16_t peer_hashes; /* 1 << enum pki_hash that the peer announced (RFC 7427) */
	uint64_t predecessor; /* serial of the SA that this may yet replace, 0 none */
	uint64_t successor; /* serial of the one that has replaced this, 0 none */
	uint16_t fail_notify; /* goes with, instead of, the DELETE */
	bool initial_contact;
	bool cert_asked; /* the peer sent a CERTREQ */
	bool childless; /* IKE_AUTH makes no child */
	bool initiate_all; /* all children, or the tasks that there are */
};

TAILQ_HEAD(sa_list, sa);
LIST_HEAD(sa_bucket, sa);

struct ike {
	struct ike_env env;
	uint64_t now;
	struct ike_effects *fx;
	struct conn_list conns;
	struct conn *conns_by_id[CONN_BUCKETS];
	struct conn_list conns_by_peer[CONN_BUCKETS], conns_of_several; /* by peer_hash; 0 */
	unsigned int n_sign, n_two_rounds, n_ppk; /* connections that do */
	LIST_HEAD(, shared_proposals) proposals;
	struct sa_list sas;
	struct sa_bucket dead;
	struct sa_bucket by_spi[SA_BUCKETS], by_init[SA_BUCKETS], by_serial[SA_BUCKETS];
	struct timers timers;
	struct orphan_list orphans;
	struct lease_bucket leases[LEASE_BUCKETS];
	struct lease_list idle_leases; /* given back first, first */
	unsigned int n_leases;
	uint32_t half_open, lingering;
	struct sa_bucket half_open_sas;
	uint64_t next_serial, next_request;
	uint16_t last_cpi;
	uint8_t cookie_secret[2][32];
	uint64_t cookie_born;
	uint8_t cookie_version;
	uint64_t log_window;
	unsigned int log_count;
	bool shutting_down, shut_down;
	struct out out; /* the message being built */
	const char *bad; /* why a handler returned V_BAD */
	uint8_t scratch[IKE_PACKET_MAX];
	uint8_t plain[IKE_PACKET_MAX]; /* the message being read */
	uint8_t joined[IKE_PACKET_MAX]; /* ... put together from fragments */
	uint8_t parts[2 * IKE_PACKET_MAX]; /* fragments of the message being built */
	size_t frag_bytes;
};

#endif /* IPSECVIF_KEYER_CORE_H */
