/* SPDX-License-Identifier: MIT */
/*
 * IKE SAs, and what hangs from them: connections, children, tasks, windows.
 */
#ifndef IPSECVIF_KEYER_SA_H
#define IPSECVIF_KEYER_SA_H

#include "tools/keyer/ike/core.h"

/* memory.c: out of memory ends the process, which netadmin restarts */

void *mem_new(size_t size);
void *mem_dup(const void *p, size_t len);
/** mem_wipe_free() - wipe and free; NULL is fine. */
void mem_wipe_free(void *p, size_t len);
void packet_set(struct packet *p, const void *data, size_t len);
void packet_drop(struct packet *p);

/* conn.c */

struct conn *conn_find(struct ike *ike, uint32_t id);
/** conn_set() - add a copy of @conf, or replace the one with its id. */
struct conn *conn_set(struct ike *ike, const struct ike_conn_conf *conf);
/**
 * proposals_share() - a list that is equal, with one more user
 * Ten thousand connections and their SAs have a handful between them: each is kept once.
 */
const struct ike_proposal *proposals_share(struct ike *ike, const struct ike_proposal *p,
					   uint8_t n);
/** proposals_put() - one user less. NULL is fine. */
void proposals_put(const struct ike_proposal *p);
void conn_free(struct ike *ike, struct conn *c);
const struct ike_child_conf *conn_child(const struct conn *c, const char *name);
/** conn_fits() - may these addresses use it? 0 no; larger is more specific. */
unsigned int conn_fits(const struct conn *c, const struct ike_addr *local,
		       const struct ike_addr *remote);
/**
 * conn_match() - the connection of an authenticated-to-be initiator.
 * @asked: the IDr that it sent, or of type IKE_ID_ANY.
 * @chosen: the IKE proposal in use, which the connection must allow.
 * @eap: it wants EAP, so those connections count that have it; else the others.
 * @another: it announces a second round of authentication.
 */
struct conn *conn_match(struct ike *ike, const struct ike_addr *local,
			const struct ike_addr *remote, const struct ike_id *peer,
			const struct ike_id *asked, const struct ike_proposal *chosen, bool eap,
			bool another);
/** conn_local_id() - ours on this connection; an address if not configured. */
struct ike_id conn_local_id(const struct conn *c, const struct ike_addr *local);

/* sa.c */

struct sa *sa_new(struct ike *ike, bool initiator, const struct ike_addr *local,
		  const struct ike_addr *remote, bool natt);
struct sa *sa_find_spi(struct ike *ike, const uint8_t spi[IKE_SPI_LEN], bool initiator);
/** sa_find_init() - the half-open one that this very IKE_SA_INIT request made. */
struct sa *sa_find_init(struct ike *ike, const uint8_t spi_i[IKE_SPI_LEN],
			const uint8_t digest[32]);
struct sa *sa_find_serial(struct ike *ike, uint64_t serial);
/** sa_of_conn() - an SA of the connection that is up or coming up. */
struct sa *sa_of_conn(struct ike *ike, uint32_t conn, bool established);
void sa_set_conn(struct sa *sa, struct conn *c);
/** sa_register_init() - make a responder's SA known by the initiator's SPI. */
void sa_register_init(struct sa *sa);
/** sa_enter() - change the state; it ends by itself after @timeout ms (0 never). */
void sa_enter(struct sa *sa, enum sa_state state, uint64_t timeout);
void sa_not_half_open(struct sa *sa);
/** sa_half_open_from() - how many from one address; of IPv6, from one network of /64. */
uint32_t sa_half_open_from(const struct ike *ike, const struct ike_addr *remote);
/**
 * sa_close() - it is over: report why, uninstall children, forget tasks.
 * Then the SA is no connection's any more; the caller lets it linger or die.
 */
void sa_close(struct sa *sa, enum ike_reason why, const char *text, const char *hint);
/** sa_kill() - sa_close(), and not a byte more. */
void sa_kill(struct sa *sa, enum ike_reason why, const char *text, const char *hint);
/** sa_delete() - sa_close(), and tell the peer. */
void sa_delete(struct sa *sa, enum ike_reason why, const char *text, const char *hint);
void sa_free(struct sa *sa);
/** sa_tick() - do what is due now. */
void sa_tick(struct sa *sa);
/** sa_rearm() - set its timer to the next thing due. */
void sa_rearm(struct sa *sa);
/** sa_set_chosen() - the proposal that the peers agreed on; copied. */
void sa_set_chosen(struct sa *sa, const struct ike_proposal *chosen);
/** sa_up() - it is authenticated: start its clocks and say so. */
void sa_up(struct sa *sa, bool rekeyed);
const char *sa_state_name(enum sa_state s);
/** sa_moved() - the peer's (or our) address or port changed. */
void sa_moved(struct sa *sa, const struct ike_addr *local, const struct ike_addr *remote,
	      bool natt);

struct path sa_path(const struct sa *sa);

/** sa_encap() - does ESP travel in UDP? */
static inline bool sa_encap(const struct sa *sa)
{
	return sa->natt && (sa->nat_local || sa->nat_remote);
}

/* v2_eap.c */

void eap_free_sa(struct sa *sa);
/** sa_who() - whom the peer is known as: its EAP identity, or else its IKE identity. */
const struct ike_id *sa_who(const struct sa *sa);

/* rounds.c: RFC 4739 */

/** rounds_mine(), rounds_theirs() - how the next round of a side is done; 0: none is left. */
uint8_t rounds_mine(const struct sa *sa);
uint8_t rounds_theirs(const struct sa *sa);
/** rounds_local_id(), rounds_peer_id() - of the latest ID payload of a side (RFC 4739 2.1). */
const struct ike_id *rounds_local_id(const struct sa *sa);
const struct ike_id *rounds_peer_id(const struct sa *sa);
void rounds_free(struct sa *sa);

/* pool.c: addresses of clients */

void pool_give_back(struct sa *sa);
/** pool_move() - the successor of an IKE SA inherits its addresses. */
void pool_move(struct sa *from, struct sa *to);
/** pool_client() - who a lease is for. */
const struct ike_id *pool_client(const struct sa *sa);
void pools_free(struct ike *ike);

/* cp.c */

/** sa_ts_local(), sa_ts_remote() - selectors of a child, with addresses that were given. */
void sa_ts_local(const struct sa *sa, const struct ike_child_conf *c, struct ts_list *out);
void sa_ts_remote(const struct sa *sa, const struct ike_child_conf *c, struct ts_list *out);

/* memory.c */

void ike_random(struct ike *ike, void *buf, size_t len);
/** ike_random_below() - 0 ... n - 1. */
uint64_t ike_random_below(struct ike *ike, uint64_t n);

/* keys.c */

/**
 * sa_keys_derive() - SKEYSEED and all SK_*, RFC 7296 2.14 and 2.18.
 * @old: keys of the SA being rekeyed, or NULL.
 * @more: the secrets of further key exchanges (RFC 9370 2.2.4), with @old.
 */
int sa_keys_derive(struct sa_keys *k, const struct sa_keys *old, const struct ike_proposal *p,
		   const uint8_t *shared, size_t shared_len, struct bytes ni, struct bytes nr,
		   struct bytes more, const uint8_t *spi_i, const uint8_t *spi_r);
/** child_keys_derive() - KEYMAT, RFC 7296 2.17 and RFC 9370 2.2.4, into an effect. */
int child_keys_derive(const struct sa *sa, const struct nego *n, struct ike_fx_child *fx);
/** auth_octets() - what the AUTH payload of one side covers; its length, 0 if too long. */
size_t auth_octets(const struct sa *sa, bool initiator, const struct ike_id *id, uint8_t *out);
/**
 * auth_effect() - IKE_FX_AUTH_SIGN or _VERIFY over the octets of one side.
 * Return: the effect, for the caller to complete; NULL, and no effect, if the
 * octets cannot be had: an AUTH over nothing would be good for any session.
 */
struct ike_fx_auth *auth_effect(struct sa *sa, enum ike_fx_type type, bool initiator,
				const struct ike_id *id);
/**
 * auth_sign() - have our AUTH made in the way that is configured.
 * Return: as auth_verify().
 */
bool auth_sign(struct sa *sa, struct turn *t, turn_resume resume);
/** auth_missing() - NULL, or why there is no AUTH of ours, @otherwise if nobody said. */
const char *auth_missing(const struct ike_ev_auth *auth, const char *otherwise);
/**
 * auth_verify() - have the AUTH of the peer's message checked: with a secret by the
 * keyholder, with a public key against what came in CERT.
 * Return: true, and the turn waits to be resumed; false as auth_effect().
 */
bool auth_verify(struct sa *sa, const struct msg *m, struct turn *t, turn_resume resume);

/* out.c: messages to send */

void out_begin(struct sa *sa, uint8_t exchange, bool response, uint32_t mid, bool protect);
/** out_begin_clear() - one without an SA: the answer to a header. */
void out_begin_clear(struct ike *ike, const struct ike_header *to);
struct writer *out_payload(struct ike *ike, uint8_t type);
void out_notify(struct ike *ike, uint8_t protocol, const void *spi, size_t spi_len, uint16_t type,
		const void *data, size_t len);
/** out_ke() - our half of a key exchange. */
void out_ke(struct ike *ike, const struct crypto_ke *ke);
/** out_finish() - lengths, padding, encryption; NULL if it did not fit. */
bool out_finish(struct sa *sa, struct bytes *packet);
void out_finish_clear(struct ike *ike, struct bytes *packet);

/* sk.c */

size_t sk_iv_len(const struct sa *sa);
/** sk_begin() - write the IV of an Encrypted payload. */
void sk_begin(struct sa *sa, struct writer *w);
/**
 * sk_finish() - pad, set lengths, encrypt, authenticate
 * @start: where the message starts in @w, @payload_at its Encrypted payload, and
 *	@iv_at what sk_begin() wrote.
 */
bool sk_finish(struct sa *sa, struct writer *w, size_t start, size_t payload_at, size_t iv_at);
/** sk_overhead() - bytes of IV, ICV and the most padding. */
size_t sk_overhead(const struct sa *sa);
/** sk_decrypt() - in place; @skip: what stands before the IV. NULL or what is wrong. */
const char *sk_decrypt(const struct sa *sa, const struct msg *m, size_t skip, uint8_t *packet,
		       bool *authentic, struct bytes *plain);
/** sk_open() - decrypt the SK payload in place and take it apart; NULL or what is wrong. */
const char *sk_open(const struct sa *sa, struct msg *m, uint8_t *packet, bool *authentic);

/* frag.c */

/** frag_needed() - is a message of @len bytes to be sent in fragments? */
bool frag_needed(const struct sa *sa, size_t len);
/**
 * frag_seal() - encrypt a message as fragments
 * @header: its header; @next: type of the first payload in @plain.
 * @packets: gets the datagrams, one after the other.
 * Return: false if there were too many.
 */
bool frag_seal(struct sa *sa, const uint8_t *header, uint8_t next, struct bytes plain,
	       struct bytes *packets);
/**
 * frag_open() - decrypt a fragment, and take the message apart if it is the last
 * @again: it is of a request that has its response; nothing is kept, and the
 *	first one is @complete.
 * Return: NULL or what is wrong.
 */
const char *frag_open(struct sa *sa, struct msg *m, uint8_t *packet, bool *authentic, bool again,
		      bool *complete);
void frags_drop(struct sa *sa, struct frags **f);

/* window.c */

/** window_request() - send what out_begin() started as our request. */
void window_request(struct sa *sa);
/** window_response() - ... as the response to the peer's; the turn is over. */
void window_response(struct sa *sa);
/** window_restart() - send what is out, if any, as if for the first time: the path is another. */
void window_restart(struct sa *sa);
/** window_answered() - our request has its response. */
void window_answered(struct sa *sa);
/** window_resend() - send a message, or all its fragments. */
void window_resend(struct sa *sa, const struct packet *p, const struct path *path);
/** window_repeat() - our response, again, to where it was asked for again. */
void window_repeat(struct sa *sa);
/** window_tick() - send again, or give up. */
void window_tick(struct sa *sa);
uint64_t window_deadline(const struct sa *sa);
void window_drop(struct window *w);
void send_packet(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote,
		 bool natt, bool keepalive, const void *data, size_t len);

/* v2_ppk.c */

void ppk_forget(struct sa *sa);

/* v2_followup.c */

/** followup_drop() - what the peer has not completed is forgotten. */
void followup_drop(struct sa *sa);
/** followup_forget() - ... if it is this child. */
void followup_forget(struct sa *sa, const char *child);
void followup_tick(struct sa *sa);

/* v2_inter.c */

/** inter_auth() - a message of IKE_INTERMEDIATE is part of what AUTH covers. */
void inter_auth(struct sa *sa, bool initiator, const uint8_t *header, uint8_t next,
		struct bytes plain);

/* reauth.c */

/** reauth_schedule() - it is authenticated: when it is to be anew. */
void reauth_schedule(struct sa *sa);
/** reauth_lifetime_write() - AUTH_LIFETIME, as far as we want one. */
void reauth_lifetime_write(struct sa *sa);
void reauth_lifetime_read(struct sa *sa, const struct msg *m);
/** reauth_inherit() - a rekey is no authentication. */
void reauth_inherit(struct sa *new, struct sa *old);
/** reauth_start() - begin a new IKE SA beside this one. */
void reauth_start(struct sa *old);
/** reauth_with() - the same with another gateway, from this address (RFC 5685). */
void reauth_with(struct sa *old, const struct ike_addr *local, const struct ike_addr *gateway);
/** reauth_step() - has it all that its predecessor had? Then that one ends. */
void reauth_step(struct sa *new);
/** reauth_failed() - there will be no successor by this. */
void reauth_failed(struct sa *new);

/* v2_redirect.c */

/** redirect_drop() - we are sent nowhere any more. */
void redirect_drop(struct sa *sa);

/* v2_mobike.c */

/** mobike_offer() - MOBIKE_SUPPORTED and our further addresses, into IKE_AUTH. */
void mobike_offer(struct sa *sa);
/** mobike_read() - the peer's, out of IKE_AUTH; the SA has its connection. */
void mobike_read(struct sa *sa, const struct msg *m);
/** mobike_inherit() - a rekeyed IKE SA is as its predecessor. */
void mobike_inherit(struct sa *new, const struct sa *old);
/** mobike_succeed() - it takes over: what changed meanwhile holds for it, too. */
void mobike_succeed(struct sa *old, struct sa *new);
/** mobike_path() - the way of our request when it is sent again for the @tries'th time. */
struct path mobike_path(const struct sa *sa, unsigned int tries);
/**
 * mobike_roam() - our address changes to this one
 * @local: of family 0: from none of ours the peer's address can be reached any more.
 */
void mobike_roam(struct sa *sa, const struct ike_addr *local);
/** mobike_silence() - our request is sent again: is there a way by the other family? */
void mobike_silence(struct sa *sa);
/** mobike_path_found() - netadmin knows one, or none. */
void mobike_path_found(struct sa *sa, const struct ike_ev_path *ev);
/** mobike_request_write() - the notifies of TASK_MOBIKE. */
void mobike_request_write(struct sa *sa);
/** mobike_hint() - the peer was heard from there. */
void mobike_hint(struct sa *sa, const struct path *path);
/** mobike_liveness_write() - what a liveness check asks beside whether the peer lives. */
void mobike_liveness_write(struct sa *sa);
/**
 * mobike_returned() - TASK_DPD was answered: with the COOKIE2 that went out, if one
 * did (RFC 4555 3.7)? If not, the IKE SA is closed. Return: is it all that was asked?
 */
bool mobike_returned(struct sa *sa, const struct msg *m);
/** mobike_answered() - a response came, by a path perhaps not ours so far. */
void mobike_answered(struct sa *sa, const struct msg *m);
/** mobike_request() - an INFORMATIONAL of the peer; true: it is answered. */
bool mobike_request(struct sa *sa, const struct msg *m);

/* turn.c */

uint64_t request_id(struct sa *sa);
/** path_effect() - IKE_FX_PATH, for the caller to complete; kernel_path() has the answer. */
struct ike_fx_path *path_effect(struct sa *sa);
/** sa_of_request() - the SA that is to have an answer; NULL if it is gone. */
struct sa *sa_of_request(struct ike *ike, uint64_t request);
void turn_wait(struct sa *sa, struct turn *t, enum turn_step step, uint64_t request,
	       turn_resume resume);
/** turn_clear() - it is over; what was reserved is given back. */
void turn_clear(struct sa *sa, struct turn *t);
/** turn_answer() - netadmin or the keyholder answered something. */
void turn_answer(struct ike *ike, const struct ike_event *ev, uint64_t request);
void turn_spi_request(struct sa *sa, struct turn *t, turn_resume resume);

/* task.c */

struct task *task_add(struct sa *sa, enum task_kind kind, const char *child, uint64_t serial);
bool task_pending(const struct sa *sa, enum task_kind kind, const char *child, uint64_t serial);
/** task_again() - the one in our turn is to be tried later; ends the turn. */
void task_again(struct sa *sa, uint64_t delay);
/** task_run() - start the next one, if the turn is free. */
void task_run(struct sa *sa);
void task_drop_all(struct sa *sa);
uint64_t task_deadline(const struct sa *sa);
const char *task_name(enum task_kind kind);

/* child.c */

struct child *child_find(struct sa *sa, uint64_t serial);
/** child_find_spi() - by either SPI; 0 matches none. */
struct child *child_find_spi(struct sa *sa, uint32_t spi_in, uint32_t spi_out);
/** child_named() - one of this name that carries traffic, or NULL. */
struct child *child_named(struct sa *sa, const char *name);
/** child_add() - a negotiated pair that netadmin installed. */
struct child *child_add(struct sa *sa, struct nego *n);
void child_free(struct child *c);
/** child_ghost() - a pair that only the peer installed: delete it there. */
void child_ghost(struct sa *sa, struct nego *n);
/** child_remove() - uninstall; reports CHILD_DOWN if it was the last of its name. */
void child_remove(struct sa *sa, struct child *c, enum ike_reason why, const char *text);
/** child_delete() - tell the peer, then remove. */
void child_delete(struct sa *sa, struct child *c, enum ike_reason why);
/** child_replaced() - the peer rekeyed it, and is to delete it. */
void child_replaced(struct sa *sa, struct child *c);
void child_tick(struct sa *sa, struct child *c);
uint64_t child_deadline(const struct child *c);
/** child_update() - tell netadmin of new outer addresses. */
void child_update(struct sa *sa, struct child *c);
void child_spi_release(struct ike *ike, uint32_t conn, const char *name, uint8_t protocol,
		       uint32_t spi);

/* ipcomp.c */

/** ipcomp_cpi_new() - a compression parameter index of ours. */
uint16_t ipcomp_cpi_new(struct ike *ike);
/** ipcomp_write() - IPCOMP_SUPPORTED, if we compress. */
void ipcomp_write(struct ike *ike, const struct nego *n);
/** ipcomp_read() - the peer's CPI for DEFLATE; 0: it does not offer that. */
uint16_t ipcomp_read(const struct msg *m);

/* nego.c */

struct nego *nego_new(bool initiator, const char *child);
void nego_free(struct sa *sa, struct nego *n);
/** nego_nonces() - the first child's are those of the IKE SA. */
void nego_nonces(const struct sa *sa, struct nego *n);
/** nego_fail() - why it fails; @error: the notify to answer with, 0 none. */
void nego_fail(struct nego *n, uint16_t error, enum ike_reason why, const char *text,
	       const char *hint);
/** nego_offer() - initiator: selectors and mode from the configuration. */
bool nego_offer(struct sa *sa, struct nego *n);
/** nego_write_offer() - SA, [N, KE,] TSi, TSr and notifies, of our request. */
void nego_write_offer(struct sa *sa, struct nego *n, bool first);
/** nego_read_answer() - initiator: the peer's choice; false fills in n->text. */
bool nego_read_answer(struct sa *sa, struct nego *n, const struct msg *m, bool first);
/** nego_read_offer() - responder: what the peer wants; NULL or what is malformed. */
const char *nego_read_offer(struct nego *n, const struct msg *m);
/** nego_accept() - responder: choose child, selectors, proposal; false fills in n->error. */
bool nego_accept(struct sa *sa, struct nego *n, const char *only, bool first);
/** nego_exchange() - responder: our half of the key exchange, and the secret. */
bool nego_exchange(struct sa *sa, struct nego *n);
void nego_write_answer(struct sa *sa, struct nego *n, bool first);
/** nego_install() - nego_install.c: derive keys, and ask netadmin to install the pair. */
bool nego_install(struct sa *sa, struct turn *t, turn_resume resume);
void nego_rules(struct sa *sa, const struct nego *n, bool first, struct proposal_rules *r);
/** nego_note_deleted() - the peer deleted an SA that we do not know, perhaps this. */
void nego_note_deleted(struct nego *n, uint32_t spi);
bool nego_is_deleted(const struct nego *n);
/** nego_lowest() - the lower of the two nonces. */
struct bytes nego_lowest(const struct nego *n);
int nonce_compare(struct bytes a, struct bytes b);

#endif /* IPSECVIF_KEYER_SA_H */
