/* SPDX-License-Identifier: MIT */
/*
 * A world for the protocol core: two peers, a network that loses, doubles and
 * reorders, a clock that only tests turn, a keyholder and a netadmin that are
 * not there.
 */
#ifndef IPSECVIF_IKE_PEERS_H
#define IPSECVIF_IKE_PEERS_H

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/eap/eap.h"
#include "tools/keyer/ike/ike.h"

enum {
	PAIRS_MAX = 64,
	STATUS_MAX = 512,
	QUEUE_MAX = 512,
	PEERS = 2
};

/** struct child_room - for the lists of a child */
struct child_room {
	struct ike_ts local[IKE_TS_MAX], remote[IKE_TS_MAX];
	struct ike_proposal proposals[IKE_PROPOSALS_MAX];
};

/** struct room - for the lists of a connection, which it points to */
struct room {
	struct ike_addr_range local[IKE_ADDRS_MAX], remote[IKE_ADDRS_MAX];
	struct ike_addr_range pool[IKE_POOL_MAX];
	struct ike_addr dns[IKE_DNS_MAX], nbns[IKE_NBNS_MAX];
	struct ike_proposal proposals[IKE_PROPOSALS_MAX];
	struct ike_child_conf children[IKE_CHILDREN_MAX];
	struct child_room child[IKE_CHILDREN_MAX]; /* for those of the same place */
};

/** struct pair - what netadmin was asked to install. */
struct pair {
	bool installed;
	struct ike_fx_child fx;
};

struct peer {
	struct ike *ike;
	struct ike_addr addr, addr2; /* the second one if family is not 0 */
	const char *host; /* the one name that resolves ... */
	struct ike_addr hosts[2]; /* ... to these */
	unsigned int n_path; /* how often a way was looked for */
	struct pki_key *key, *key2; /* what IKE_AUTH_SIGNATURE uses, in the second round, too */
	bool pkcs1;
	struct pki_bundle *own;
	struct pki_trust trust;
	int64_t wall; /* seconds since 1970 */
	uint8_t method; /* of the other's last signature */
	struct ike_fx_config config;
	struct eap_conf *eap_conf; /* what the keyholder has for EAP; world_free() puts it */
	struct eap *eap; /* one conversation at a time */
	uint64_t eap_session;
	unsigned int n_eap, n_eap_end;
	bool asked; /* a CERTREQ was made */
	unsigned int n_certs; /* that came with the last signature */
	char psk[64], ppk[64]; /* ppk: "" none */
	struct ike_conn_conf conf;
	struct room room; /* of conf */
	bool sign_fails, spi_fails, install_fails;
	bool slow; /* netadmin and the keyholder answer only when told to */
	unsigned int n_reserved, n_pairs;
	uint32_t reserved[PAIRS_MAX];
	struct pair pairs[PAIRS_MAX];
	uint32_t next_spi;
	unsigned int n_status;
	struct ike_fx_status status[STATUS_MAX];
	unsigned int n_send, n_install, n_remove;
	bool shutdown_done;
	struct world *world;
};

enum item_kind {
	ITEM_PACKET,
	ITEM_ANSWER
};

/** struct item - something on its way: a datagram, or an answer of netadmin's. */
struct item {
	enum item_kind kind;
	unsigned int to;
	struct ike_addr local, remote; /* as the receiver sees them */
	bool natt;
	uint8_t *data;
	size_t len;
	struct ike_event answer;
};

struct world {
	uint64_t now;
	uint64_t seed;
	bool verbose;
	struct peer peer[PEERS];
	unsigned int n_items;
	struct item items[QUEUE_MAX];
	/* may change or eat (false) a datagram on its way */
	bool (*filter)(struct world *w, struct item *it);
	void *ctx;
	/* a NAT before peer 0: its address and ports as seen by peer 1 */
	bool nat;
	struct ike_addr nat_addr;
};

struct world *world_new(uint64_t seed);
/** world_forget() - peer @i crashes and starts anew: no memory, no SAs. */
void world_forget(struct world *w, unsigned int i);
void world_free(struct world *w);
/** world_conf() - peer @i's connection: PSK, one child 10.(i+1).0.0/16. */
struct ike_conn_conf *world_conf(struct world *w, unsigned int i);
void world_set(struct world *w, unsigned int i);
/** world_child() - a further child as the first one, of another name and networks. */
void world_child(struct world *w, unsigned int i, const char *name, const char *local,
		 const char *remote);
void world_event(struct world *w, unsigned int i, struct ike_event *ev);
void world_initiate(struct world *w, unsigned int i, const char *child);
void world_terminate(struct world *w, unsigned int i, const char *child);
/** world_nat() - a NAT before peer 0, with the same address but for its last byte, 99. */
void world_nat(struct world *w);
/** world_roam() - the peer's address becomes another one, and it is told. */
void world_roam(struct world *w, unsigned int i, const struct ike_addr *to);
void world_rekey(struct world *w, unsigned int i, const char *child);
/** world_talk() - peer 0 calls and rekeys the child, and peer 1 the IKE SA. */
void world_talk(struct world *w);
/** world_deliver() - hand over the item at @at; false if there is none. */
bool world_deliver(struct world *w, unsigned int at);
void world_drop(struct world *w, unsigned int at);
void world_copy(struct world *w, unsigned int at);
/** world_settle() - deliver in order until nothing is on its way. */
void world_settle(struct world *w);
/** world_run() - let @ms pass, timers and all. */
void world_run(struct world *w, uint64_t ms);
/** world_status() - the last status of a kind, or NULL. */
const struct ike_fx_status *world_status(struct world *w, unsigned int i, enum ike_status what);
unsigned int world_pairs(const struct world *w, unsigned int i);
/** world_agree() - each pair has its other half with the same keys; NULL or what is wrong. */
const char *world_agree(struct world *w);
/** world_sas() - IKE SAs that are not dead, whatever their state. */
unsigned int world_sas(const struct world *w, unsigned int i);
/** world_idle() - is no timer armed? Then nothing is half done. */
bool world_idle(const struct world *w);
uint64_t world_random(struct world *w);

/* --- filters --- */

/** struct mangle - for mangle_one() in world.ctx: the datagram (from 0) that is lost, or copied */
struct mangle {
	unsigned int nth, seen;
	bool twice;
};

/** mangle_one() - a filter: one datagram is lost, or comes twice. */
bool mangle_one(struct world *w, struct item *it);
/**
 * mangle_each() - a conversation as often as it has datagrams, each mangled in turn
 * @begin: makes its world, which mangle_each() frees. @run: has it, and judges.
 * Return: how many datagrams.
 */
unsigned int mangle_each(bool twice, struct world *(*begin)(uint64_t seed),
			 void (*run)(struct world *w));
bool lose_all(struct world *w, struct item *it);
/** lose_from_caller() - of peer 0's datagrams, as many arrive as the number in world.ctx says. */
bool lose_from_caller(struct world *w, struct item *it);

/* --- among ike_peers*.c --- */

/** world_item() - a place for something on its way, behind all others. */
struct item *world_item(struct world *w);
/** world_send() - a datagram of peer @i's enters the network. */
void world_send(struct world *w, unsigned int i, const struct ike_fx_send *fx);
/** peer_env() - what a core is born with. */
struct ike_env peer_env(struct peer *p);
/** peer_effect() - do what peer @i's core asks for. */
void peer_effect(struct world *w, unsigned int i, const struct ike_effect *e);
/** peer_pair() - what is installed with this SPI; NULL. */
struct pair *peer_pair(struct peer *p, uint32_t spi_in);

#endif /* IPSECVIF_IKE_PEERS_H */
