/* SPDX-License-Identifier: MIT */
/*
 * netadmin: the daemon's parent process. It reads the configuration, owns the
 * interfaces, SAs, addresses and routes of the tunnels, runs their policy and
 * serves the control socket.
 *
 *	netadmin.c	  start, children, end
 *	netadmin_conf.c	  configuration to tunnels; reload
 *	netadmin_tunnel.c a tunnel's policy: events in, orders carried out
 *	netadmin_level.c  what should be there, and is not, or the other way round
 *	netadmin_secret.c secrets to the keyholder, public keys to ike
 *	netadmin_path.c	  how a peer is reached: names, and where we call from
 *	netadmin_ike.c	  the ike process's wishes, each field checked
 *	netadmin_sa.c	  SPIs and SA pairs
 *	netadmin_status.c what the ike process tells
 *	netadmin_event.c  the kernel's events
 *	calls.c		  how many peers are called at once
 *	iface.c		  interfaces, which tunnels may share
 *	hook.c		  the operator's programs, on-up and on-down
 *	mss.c		  the MSS clamp
 *	block.c		  unreachable routes, so that nothing leaks in clear
 *	control*.c	  the control socket
 */
#ifndef IPSECVIF_KEYER_NETADMIN_H
#define IPSECVIF_KEYER_NETADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "tools/keyer/channel.h"
#include "tools/keyer/conf/conf.h"
#include "tools/keyer/index.h"
#include "tools/keyer/kernel/kernel.h"
#include "tools/keyer/loop.h"
#include "tools/keyer/tunnel/tunnel.h"

enum netadmin_limits {
	NETADMIN_BUCKETS = 4096,
	NETADMIN_TEXTS_MAX = 4096, /* different ones */
	NETADMIN_SPIS_MAX = 64, /* reserved SPIs of one tunnel */
	NETADMIN_CALLS_MAX = 64, /* at once; a peer of our kind takes 128 of one source */
	NETADMIN_CALL_MS = 1000, /* then another may begin, whatever became of it */
	NETADMIN_PAIRS_MAX = 4096, /* SA pairs of one tunnel */
	NETADMIN_PEERS_MAX = 4096, /* IKE SAs of one tunnel */
	NETADMIN_LOG_RATE = 200, /* lines a second from one child */
	NETADMIN_PATHS = 200, /* ms after a change of addresses or routes */
	NETADMIN_EXPIRY = 24 * 3600 * 1000, /* ms from one look at certificates to the next */
	NETADMIN_SWITCH = 5000, /* ms that a peer's rekey may take to end the old SA */
	NETADMIN_SHUTDOWN = 3000, /* ms that peers have to answer our DELETEs */
};

/** struct options - of the command line */
struct options {
	bool foreground;
	bool debug;
	const char *config;
	const char *socket;
	int ready_fd; /* takes a byte when the daemon serves; -1 none */
};

/** struct problem - what last went wrong */
struct problem {
	uint64_t at; /* ms of the wall clock */
	uint64_t since; /* loop_now() */
	const char *code; /* of control-protocol.md, static */
	unsigned int count; /* in a row */
	char sentence[IKE_TEXT_MAX];
	char hint[IKE_TEXT_MAX];
};

/** struct pair - an SA pair in the kernel, or about to be */
struct pair {
	struct pair *next;
	struct index_link by_in, by_out; /* its SPIs in netadmin's tables */
	unsigned int child;
	uint32_t spi_in, spi_out; /* as on the wire */
	uint64_t at; /* installed, loop_now() */
	uint64_t hard_ms;
	bool encap;
	bool ah, compressed;
	struct ike_addr local, remote;
	uint8_t n_local, n_remote;
	struct ike_ts *ts; /* local, then remote */
	const char *proposal; /* na_text(); NULL if not told */
	uint64_t rekey_at; /* 0: never */
	uint8_t ike_spi_i[8], ike_spi_r[8]; /* of the IKE SA that it belongs to */
	struct tun *tun;
	struct ike_fx_child *pending; /* its outbound SA is still to be installed */
	uint32_t replaces_in; /* when the pair of this SPI goes ... */
	struct loop_timer timer; /* ... or now */
};

/** struct trap - a selector that waits for a packet, in netadmin's table */
struct trap {
	struct index_link link;
	struct tun *tun;
	unsigned int child;
	struct ipsecvif_selector selector;
};

/** struct tun_child - what netadmin keeps of a child */
struct tun_child {
	struct pair *pair; /* in use; in the tunnel's list */
	struct kernel_route *routes; /* that we added */
	size_t n_routes;
	struct trap *traps;
	size_t n_traps;
	struct hook_env *hook; /* while it is up: what its hook was told */
	bool blocked; /* its networks have their unreachable routes */
	struct problem *problem;
};

/** struct tun_ike - the IKE SA, as the ike process tells */
struct tun_ike {
	bool up;
	bool initiator;
	bool nat_local, nat_remote;
	uint8_t spi_i[8], spi_r[8];
	struct ike_addr local, remote;
	struct ike_id peer_id;
	uint64_t since; /* loop_now() */
	uint64_t rekey_at; /* 0: never */
	uint64_t reauth_at; /* 0: never */
	const char *proposal; /* na_text(); NULL if not told */
};

/** struct tun_others - further IKE SAs, when several peers use one tunnel */
struct tun_others {
	struct tun_others *next;
	struct tun_ike ike;
};

struct iface;

/**
 * struct block - an unreachable route behind the tunnels' own
 * Several tunnels may lead to one network, each as the other's replacement.
 */
struct block {
	struct block *next;
	struct conf_prefix to;
	unsigned int users;
};

/** struct lookup - somebody waits for the resolver; zeroed: nobody */
struct lookup {
	struct index_link link;
	uint64_t request;
	struct tun *tun;
	/* what the answer is for */
	void (*done)(struct tun *tun, const struct message_resolved *answer);
};

struct path_wish;

/** struct tun - a tunnel of the configuration at work */
struct tun {
	struct netadmin *na;
	struct tun *next_by_conn, *next_by_name;
	const struct conf_tunnel *conf; /* of na->conf */
	struct tunnel policy;
	struct loop_timer timer;
	struct iface *iface;
	struct tun *next_of_iface, **at_of_iface; /* of the tunnels that use it */
	uint32_t conn; /* 0: the ike process does not know it */
	bool debug; /* all of it is logged */
	bool conn_failed; /* it cannot be told, see @problem */
	struct tun_ike ike;
	struct tun_others *others;
	struct ike_addr vip[2]; /* that a gateway gave us, IPv4 and IPv6 ... */
	struct ike_addr vip_set[2]; /* ... and what of it is on the interface */
	struct ike_fx_config *given; /* by a gateway: name servers; NULL nothing */
	struct pair *pairs;
	uint32_t *spis; /* reserved, not installed; as on the wire; NULL if none */
	unsigned int n_spis;
	uint32_t addresses; /* bit by bit, those of the configuration that we added */
	struct lookup lookup; /* of the remote being tried */
	struct path_wish *path_wish; /* of the ike process, which waits for the resolver; or NULL */
	enum {
		CALL_NONE,
		CALL_WAITS, /* for its turn, to resolve the remote @call_next */
		CALL_ACTIVE /* counted until @call_until */
	} call;
	TAILQ_ENTRY(tun) call_link;
	uint64_t call_until;
	unsigned int call_next;
	struct ike_addr *found; /* of the remote being tried */
	unsigned int n_found, next_found;
	struct ike_addr_range *locals; /* if `local` names interfaces: as the ike process has them */
	unsigned int n_locals;
	struct ike_addr call_local, call_remote; /* of the attempt under way */
	struct problem *problem;
	struct tun_child children[]; /* as many as are configured */
};

/** struct process - a child */
struct process {
	const char *name;
	pid_t pid;
	struct channel *channel;
	bool ready;
	uint64_t log_second;
	unsigned int log_lines, log_dropped;
	struct netadmin *na;
};

enum netadmin_process {
	NA_KEYHOLDER,
	NA_IKE,
	NA_RESOLVER,
	NA_PROCESSES
};

struct control;

/** struct calls - attempts to bring tunnels up: under way, and in wait */
struct calls {
	TAILQ_HEAD(, tun) active, waiting; /* each in order of time */
	unsigned int n_active;
	struct loop_timer timer;
};

struct netadmin {
	struct options options;
	struct loop *loop;
	struct kernel *kernel;
	struct control *control;
	struct spawner *spawner;
	struct conf *conf;
	struct process processes[NA_PROCESSES];
	struct tun *by_conn[NETADMIN_BUCKETS], *by_name[NETADMIN_BUCKETS];
	struct index_table pairs_in, pairs_out; /* by SPI */
	struct index_table traps; /* by trap_key() */
	struct index_table texts; /* na_text() */
	unsigned int n_texts;
	struct index_table lookups; /* who waits for the resolver, by request */
	struct calls calls;
	struct iface *ifaces;
	struct index_table ifaces_by_index, ifaces_by_name;
	struct block *blocks[NETADMIN_BUCKETS];
	uint32_t last_conn;
	uint64_t last_lookup;
	uint64_t started; /* loop_now() */
	int signal_fd;
	bool running; /* READY=1 was told */
	bool stopping;
	int result;
	struct loop_timer stop_timer;
	struct loop_timer mss_timer;
	struct loop_timer expiry_timer; /* of certificates */
	bool mss_there; /* our table is, or may be, in the kernel */
	bool mss_failed; /* and was told of */
	struct loop_timer paths_timer; /* to look where peers are reached from */
};

/* --- netadmin.c --- */

/**
 * netadmin_run() - the daemon's life
 * @conf: without errors; netadmin's from now on.
 * Return: its exit status.
 */
int netadmin_run(const struct options *options, struct conf *conf);
/** netadmin_stop() - end in order: DELETEs, then SAs, routes, interfaces. */
void netadmin_stop(struct netadmin *na, int result);
/** na_send() - a message to a child */
void na_send(struct netadmin *na, enum netadmin_process process, enum message_type type,
	     const void *data, size_t len, int fd);

/* --- netadmin_conf.c --- */

/** na_configure() - the first configuration. */
void na_configure(struct netadmin *na, struct conf *conf);
/**
 * na_reload() - change to another configuration
 * @conf: without errors; na's from now on. @diff: from na->conf to it.
 */
void na_reload(struct netadmin *na, struct conf *conf, const struct conf_diff *diff);
struct tun *na_tun_by_name(struct netadmin *na, const char *name);
struct tun *na_tun_by_conn(struct netadmin *na, uint32_t conn);
/** na_tun_each() - call @fn for every tunnel, in no order. */
void na_tun_each(struct netadmin *na, void (*fn)(struct tun *tun, void *arg), void *arg);
/** na_conn_index() - (re)enter a tunnel under its conn id. */
void na_conn_index(struct tun *tun);
void na_conn_unindex(struct tun *tun);
/** tun_start() - give a tunnel its interface and wake its policy. */
void tun_start(struct tun *tun);
/** na_tun_free() - clear a tunnel and forget it. */
void na_tun_free(struct tun *tun);
/** na_tun_clear() - take everything of a tunnel out of the kernel and the children. */
void na_tun_clear(struct tun *tun);

/* --- netadmin_tunnel.c --- */

/** tun_event() - feed the policy, and do what follows. @child: -1 none. */
void tun_event(struct tun *tun, enum tunnel_event_type type, int child, enum ike_reason why);
/** tun_resolve() - find the addresses of a remote, and call it: for calls.c. */
void tun_resolve(struct tun *tun, unsigned int remote);
/** tun_problem() - note and tell what went wrong. @child: -1 none. */
void tun_problem(struct tun *tun, int child, const char *code, const char *sentence,
		 const char *hint);
/** tun_problem_told() - the same, when the log has it already. */
void tun_problem_told(struct tun *tun, int child, const char *code, const char *sentence,
		      const char *hint);
/** tun_step_told() - tell watchers and the log of a step. @child: -1 none. */
void tun_step_told(struct tun *tun, int child, int level, const char *sentence);
/** tun_terminate() - ask the ike process to close a child, or with -1 all. */
void tun_terminate(struct tun *tun, int child);
/** tun_roam() - if the peer is reached from another address now, tell the ike process. */
void tun_roam(struct tun *tun);
/** tun_attempt_next() - is there another address of the same name? Then call it. */
bool tun_attempt_next(struct tun *tun);

/* --- netadmin_path.c --- */

/** lookup_begin() - have a name resolved; @lookup->tun and ->done are set. */
void lookup_begin(struct lookup *lookup, const char *name);
/** lookup_end() - nobody waits any more. */
void lookup_end(struct lookup *lookup);
/** na_resolved() - the resolver's answer; checked by the caller. */
void na_resolved(struct netadmin *na, const struct message_resolved *answer);
/**
 * tun_locals() - what `local` names, an interface being the addresses that it has now
 * Return: how many.
 */
unsigned int tun_locals(struct tun *tun, struct ike_addr_range list[IKE_ADDRS_MAX]);
/** tun_local_present() - is this address on the machine? */
bool tun_local_present(struct tun *tun, const struct ike_addr *local);
/** tun_local_choose() - our address for calling @to. Return: 0, or -1 with a sentence. */
int tun_local_choose(struct tun *tun, const struct ike_addr *to, struct ike_addr *local, char *err,
		     size_t err_len);
/** tun_path() - the ike process wants to know how to reach somebody. */
void tun_path(struct tun *tun, const struct ike_fx_path *wish);
/** tun_path_drop() - it does not want to know any more. */
void tun_path_drop(struct tun *tun);

/* --- calls.c --- */

void calls_init(struct netadmin *na);
/** call_begin() - resolve a remote and call it, when it is the tunnel's turn. */
void call_begin(struct tun *tun, unsigned int remote);
/** call_urgent() - now, if it waits: somebody asked for it. */
void call_urgent(struct tun *tun);
/** call_end() - it is up, or failed, or nobody wants it any more. */
void call_end(struct tun *tun);

/* --- netadmin_level.c --- */

/** tun_reconcile() - connection, addresses, routes, traps and timer as the policy wants. */
void tun_reconcile(struct tun *tun);
/** tun_publish() - tell keyholder and ike of the connection (anew, when they know it). */
int tun_publish(struct tun *tun);
/** tun_debug() - log all of this tunnel, or no longer. */
void tun_debug(struct tun *tun, bool on);

/** tun_locals_check() - tell the ike process if these have other addresses than before. */
void tun_locals_check(struct tun *tun);
/** conf_has_kind() - is one of them of this kind? */
bool conf_has_kind(const struct conf_host *hosts, uint32_t n, enum conf_host_kind kind);

/** trap_key() - under which a trap is found by the packet that met it. */
uint32_t trap_key(unsigned int ifindex, const struct ipsecvif_selector *selector);
/** tun_addresses_drop() - remove addresses, and routes that may prefer them, until reconciled. */
void tun_addresses_drop(struct tun *tun);
/** tun_forget_kernel() - the interface is gone, and all that was on it. */
void tun_forget_kernel(struct tun *tun);

/* --- netadmin_secret.c --- */

/** tun_secret_send() - hand over the files of secrets and keys. Return: 0 or -1, problem noted. */
int tun_secret_send(struct tun *tun);
/** na_secret_state() - what the keyholder says of one of them. */
void na_secret_state(struct netadmin *na, const struct message_secret_state *state);

/* --- netadmin_ike.c --- */

/** na_ike_message() - a message of the ike process */
void na_ike_message(struct netadmin *na, enum message_type type, const void *data);
/** na_violation() - the ike process did what an honest one does not: end. */
void na_violation(struct netadmin *na, const char *what);
/** tun_child_index() - Return: the place of a child of this name, or -1. */
int tun_child_index(const struct tun *tun, const char *name);

/* --- netadmin_status.c --- */

/** spis_same() - are these two IKE SAs, by the initiator's and the responder's SPI, one? */
bool spis_same(const uint8_t i[8], const uint8_t r[8], const uint8_t other_i[8],
	       const uint8_t other_r[8]);
/** na_status_message() - what the ike process tells of an SA; checked here. */
void na_status_message(struct netadmin *na, const struct ike_fx_status *message);

/** na_text() - a copy of what thousands of SAs are told alike, kept once; NULL for "". */
const char *na_text(struct netadmin *na, const char *text);
/** na_texts_free() - at the very end. */
void na_texts_free(struct netadmin *na);
/** tun_given_drop() - what a gateway gave us is ours no more. */
void tun_given_drop(struct tun *tun);
/** tun_config() - what a gateway gave us. */
void tun_config(struct tun *tun, const struct ike_fx_config *config);
/** tun_others_drop() - forget further IKE SAs. */
void tun_others_drop(struct tun *tun);
/** tun_others_count() - how many there are beside the one in tun->ike. */
unsigned int tun_others_count(const struct tun *tun);

/* --- netadmin_sa.c: the caller has checked what comes from the ike process --- */

/** spi_request() - reserve an SPI and answer. */
void spi_request(struct tun *tun, const struct ike_fx_spi *ask);
/** spi_has() - is the SPI (as on the wire) reserved by this tunnel? */
bool spi_has(const struct tun *tun, uint32_t spi);
/** spi_take() - end a reservation; false if there is none. */
bool spi_take(struct tun *tun, uint32_t spi);
/** spi_give_back() - let the kernel have a reserved SPI again. */
void spi_give_back(struct tun *tun, uint32_t spi);
void spi_release_all(struct tun *tun);
/** spis_forget() - those reserved are the kernel's again already. */
void spis_forget(struct tun *tun);
struct pair *pair_find(struct tun *tun, uint32_t spi_in);
/** pair_install() - Return: 0, or -1 with a sentence. */
int pair_install(struct tun *tun, int child, const struct ike_fx_child *fx, char *why,
		 size_t why_len);
/** pair_update() - other outer addresses or ports. */
void pair_update(struct tun *tun, const struct ike_fx_child *fx);
/** pairs_switch() - the pair of this SPI goes: whatever replaces it sends from now on. */
void pairs_switch(struct tun *tun, uint32_t replaced_in);
/** pair_remove() - remove a pair from the kernel and the tunnel. */
void pair_remove(struct tun *tun, struct pair *pair);
/** pair_forget() - the same, when the kernel has removed it already. */
void pair_forget(struct tun *tun, struct pair *pair);

/* --- netadmin_event.c --- */

/** na_kernel_handler() - what the kernel's events call */
struct kernel_handler na_kernel_handler(struct netadmin *na);
/** na_paths_timer() - some time after addresses or routes changed. @arg: the netadmin. */
void na_paths_timer(void *arg);

/* --- iface.c --- */

/**
 * struct iface - an interface that tunnels use
 * @ifindex: 0 while it does not exist.
 * @made: by us, or our predecessor: deleted at the end.
 */
struct iface {
	struct iface *next, **at;
	struct index_link by_index, by_name;
	struct tun *tuns; /* that use it */
	char name[IF_NAMESIZE];
	unsigned int ifindex;
	unsigned int users;
	bool made;
	bool up;
	bool mss; /* clamp */
	uint32_t mtu;
};

/**
 * iface_get() - an interface for a tunnel: the one there is, or a new one
 * @err: on failure, one sentence.
 * Return: it, with one more user; or NULL.
 */
struct iface *iface_get(struct netadmin *na, const struct conf_tunnel *conf, char *err,
			size_t err_len);
/** iface_join() - this tunnel uses the interface from now on, which it got before. */
void iface_join(struct tun *tun, struct iface *iface);
/** iface_leave() - no longer; its use is still to be put. Return: the interface, or NULL. */
struct iface *iface_leave(struct tun *tun);
/** iface_put() - one user less; without any, one that we made is deleted. */
void iface_put(struct netadmin *na, struct iface *iface);
/** iface_set() - apply the tunnel's settings of the device. */
int iface_set(struct netadmin *na, struct iface *iface, const struct conf_tunnel *conf, char *err,
	      size_t err_len);
/** iface_find() - by index; NULL. */
struct iface *iface_find(struct netadmin *na, unsigned int ifindex);
/** iface_link_event() - something happened to a link: its index and name count. */
void iface_link_event(struct netadmin *na, const struct kernel_link *link);

/* --- hook.c --- */

/** hook_child() - run a child's hook if it came up, or went down, since the last time. */
void hook_child(struct tun *tun, unsigned int child);

/* --- mss.c --- */

void mss_init(struct netadmin *na);
/** mss_changed() - an interface or MTU came, went or changed: see whether the clamp fits. */
void mss_changed(struct netadmin *na);
/** mss_end() - remove what is there; spawn_finish() waits for it. */
void mss_end(struct netadmin *na);
/** mss_ruleset() - what nft is given; the caller's to free. */
char *mss_ruleset(const struct netadmin *na);

/* --- block.c --- */

/**
 * block_child() - let a child's remote networks be unreachable but through it
 * or a better route; or no longer.
 */
void block_child(struct tun *tun, unsigned int child, bool on);
/** block_conf() - the same for a whole configuration, on top: while a reload works. */
void block_conf(struct netadmin *na, const struct conf *conf, bool on);

/* --- control.c --- */

/** control_claim() - Return: 0, or -1 with a sentence when another daemon has the socket. */
int control_claim(const char *path, char *err, size_t err_len);
/** control_open() - Return: the server, or NULL with a sentence in @err. */
struct control *control_open(struct netadmin *na, const char *path, char *err, size_t err_len);
/** control_close() - tell watchers, close, and remove the socket. */
void control_close(struct control *control);
/**
 * control_step() - to all who watch this tunnel
 * @event: "step", "state", "reload", "start" or "stop". @tun: NULL: the daemon itself.
 * @child: -1 none. @state: NULL unless event is "state".
 */
void control_step(struct control *control, struct tun *tun, int child, const char *event, int level,
		  const char *state, const char *text);
/** control_tunnel_changed() - a tunnel's state changed: someone may wait for it. */
void control_tunnel_changed(struct control *control, struct tun *tun);
/** control_tunnel_gone() - it is being removed by a reload. */
void control_tunnel_gone(struct control *control, struct tun *tun);

#endif /* IPSECVIF_KEYER_NETADMIN_H */
