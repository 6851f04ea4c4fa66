/* SPDX-License-Identifier: MIT */
/*
 * IKEv2: the transition table, and the handlers that its rows name.
 */
#ifndef IPSECVIF_KEYER_V2_H
#define IPSECVIF_KEYER_V2_H

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

/** enum v2_verdict - what a handler made of a message */
enum v2_verdict {
	V_DONE, /* enter the row's next state */
	V_WAIT, /* an answer from another process comes first; then v2_done() */
	V_STAY, /* consumed; the state is the handler's own matter */
	V_BAD, /* malformed: ike->bad says how */
};

typedef enum v2_verdict (*v2_handler)(struct sa *sa, const struct msg *m);

#define STATE_BIT(s) (1u << (s))
#define TASK_BIT(t) (1u << (t))

/**
 * struct v2_row - one transition.
 * @states: those in which it applies, a set of STATE_BIT().
 * @tasks: for responses, to which of our tasks, a set of TASK_BIT().
 * @needs: payloads that must be there, a set of PAYLOAD_BIT().
 * @notify: a notify that must be there; 0 none. @error: any error notify.
 * @next, @timeout: the state after it, and its longest duration in ms, 0 none.
 * @story: one sentence, for the manual page and the log.
 */
struct v2_row {
	const char *name;
	uint32_t states;
	uint8_t exchange;
	bool response;
	uint32_t tasks;
	uint64_t needs;
	uint16_t notify;
	bool error;
	v2_handler handler;
	enum sa_state next;
	uint64_t timeout;
	const char *story;
};

/** v2_message() - find the row of a message and run it. */
void v2_message(struct sa *sa, const struct msg *m);
/** v2_done() - the transition in this turn is complete. */
void v2_done(struct sa *sa, struct turn *t);
/** v2_rows() - the table, for the manual page and tests. */
const struct v2_row *v2_rows(size_t *n);

/** v2_receive() - a datagram. */
void v2_receive(struct ike *ike, const struct ike_ev_packet *p);

/* respond.c: short answers to the request in the peer's turn */

void respond_notify(struct sa *sa, uint8_t protocol, const void *spi, size_t spi_len, uint16_t type,
		    const void *data, size_t len);
void respond_error(struct sa *sa, uint16_t type);
void respond_empty(struct sa *sa);
/** respond_clear() - an unprotected notify to a request that no SA is for. */
void respond_clear(struct ike *ike, const struct ike_ev_packet *p, const struct ike_header *h,
		   uint16_t type, const void *data, size_t len);

/* v2_init_i.c, v2_init_r.c: IKE_SA_INIT */

void init_start(struct sa *sa);
enum v2_verdict init_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict init_i_cookie(struct sa *sa, const struct msg *m);
enum v2_verdict init_i_invalid_ke(struct sa *sa, const struct msg *m);
enum v2_verdict init_i_refused(struct sa *sa, const struct msg *m);
/** init_refusal_stands() - nothing better came after a refusal in clear. */
void init_refusal_stands(struct sa *sa);
void init_r_request(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m);
/** digest() - of a packet, to know it again. */
void digest(struct bytes b, uint8_t out[32]);

/* v2_cookie.c */

bool cookie_demanded(struct ike *ike);
void cookie_make(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
		 uint8_t out[33]);
bool cookie_valid(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m,
		  struct bytes cookie);

/* nat.c */

void nat_write(struct sa *sa, const uint8_t *spi_i, const uint8_t *spi_r);
void nat_read(struct sa *sa, const struct msg *m);

/* v2_auth_i.c, v2_auth_r.c: IKE_AUTH */

void auth_i_start(struct sa *sa);
/** auth_i_signed() - is there an AUTH of ours? Else the SA is dead. */
bool auth_i_signed(struct sa *sa, const struct ike_ev_auth *auth);
enum v2_verdict auth_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict auth_i_refused(struct sa *sa, const struct msg *m);
enum v2_verdict auth_i_rest(struct sa *sa, const struct msg *m);
enum v2_verdict auth_r_request(struct sa *sa, const struct msg *m);
enum v2_verdict auth_r_no_auth(struct sa *sa, const struct msg *m);
enum v2_verdict auth_r_more(struct sa *sa, const struct msg *m);
/** auth_r_patience() - how long the initiator may take for its next message, ms. */
uint64_t auth_r_patience(const struct sa *sa);
/* cp.c: what a gateway hands to a client */

void cp_write_request(struct sa *sa);
/** cp_read_reply() - false if there is no address for us in it. */
bool cp_read_reply(struct sa *sa, const struct msg *m);
/** cp_tell() - have netadmin set what we got. */
void cp_tell(struct sa *sa);
void cp_read_request(struct sa *sa, const struct msg *m);
/** cp_assign() - addresses from the pool; false, and @n refused, if there are none. */
bool cp_assign(struct sa *sa, struct nego *n);
void cp_write_reply(struct sa *sa);

/* pool.c */

/** pool_take() - lend an address, IPv4 (0) or IPv6 (1), to the peer. */
bool pool_take(struct sa *sa, unsigned int i);

/* v2_sign.c: signatures and certificates in messages */

/** auth_is_signature() - a method of public keys? */
bool auth_is_signature(uint8_t method);
/** auth_method_fits() - is what the peer did what is configured? */
bool auth_method_fits(uint8_t configured, uint8_t method);
/** hashes_write() - SIGNATURE_HASH_ALGORITHMS, RFC 7427 4. */
void hashes_write(struct ike *ike);
void hashes_read(struct sa *sa, const struct msg *m);
/** certs_write() - our certificates, if we sign, and the peer is to have them. */
void certs_write(struct sa *sa);
/** certreq_write() - which CAs the peer's certificate may be of, for our connection ... */
void certreq_write(struct sa *sa);
/** certreq_write_all() - ... or for all that these addresses may use. */
void certreq_write_all(struct ike *ike, const struct ike_addr *local,
		       const struct ike_addr *remote);
/** auth_write() - the AUTH payload. */
void auth_write(struct sa *sa, const struct ike_ev_auth *ev);

/* v2_eap.c: IKE_AUTH with EAP */

/** eap_sign() - our AUTH after EAP: from the keyholder, or at once. */
bool eap_sign(struct sa *sa, struct turn *t, turn_resume resume);
/** eap_r_start() - the connection and the child are known: begin. */
enum v2_verdict eap_r_start(struct sa *sa, const struct msg *m);
enum v2_verdict eap_r_message(struct sa *sa, const struct msg *m);
enum v2_verdict eap_r_auth(struct sa *sa, const struct msg *m);
enum v2_verdict eap_i_start(struct sa *sa, const struct msg *m);
enum v2_verdict eap_i_message(struct sa *sa, const struct msg *m);
enum v2_verdict eap_i_done(struct sa *sa, const struct msg *m);
/** auth_r_refuse() - AUTHENTICATION_FAILED, and the SA ends. */
void auth_r_refuse(struct sa *sa, enum ike_reason why, const char *text, const char *hint);
/** auth_r_verified() - the initiator's AUTH was checked. */
void auth_r_verified(struct sa *sa, struct turn *t, const struct ike_event *ev);
/** auth_i_authenticated() - the responder's last AUTH was checked. */
void auth_i_authenticated(struct sa *sa, struct turn *t, const struct ike_event *ev);
/** auth_i_half_way() - the responder's AUTH was checked, and more is to come. */
void auth_i_half_way(struct sa *sa, struct turn *t, const struct ike_event *ev);
/**
 * auth_i_proof_read() - the responder's identity, and the round that it begins
 * @last: no more is to come after this message.
 * Return: false, and the SA is over, if it is not as it should be.
 */
bool auth_i_proof_read(struct sa *sa, const struct msg *m, bool last);
/**
 * auth_i_bad() - what the peer says is wrong: the SA is over. If it was its last word
 * (@last) it takes us for connected, and is told.
 */
void auth_i_bad(struct sa *sa, bool last, enum ike_reason why, const char *text, const char *hint);
/** auth_i_last() - does this response end IKE_AUTH? */
bool auth_i_last(const struct sa *sa, const struct msg *m);
/** auth_i_read() - configuration and first child of the last response. */
void auth_i_read(struct sa *sa, const struct msg *m);

/* rounds.c: one authentication of each side, or two (RFC 4739) */

/** rounds_offered() - has the configuration a second round of either side? */
bool rounds_offered(const struct ike_conn_conf *conf);
bool rounds_possible(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote);
/** rounds_agree() - out of IKE_SA_INIT; false: the SA is dead, since the peer can't. */
bool rounds_agree(struct sa *sa, const struct msg *m);
/** rounds_begin() - IKE_AUTH has begun; no matter if it had already. */
struct sa_rounds *rounds_begin(struct sa *sa);
/** rounds_next_id() - our next round begins: its identity is ours now. */
void rounds_next_id(struct sa *sa);
/** rounds_peer_id_read() - the peer's next round begins; false: it is for another identity. */
bool rounds_peer_id_read(struct sa *sa, const struct ike_id *id, char *text, char *hint);
/** rounds_check() - a message with AUTH: are there as many rounds as there should be? */
bool rounds_check(struct sa *sa, const struct msg *m, char *text, char *hint);
/** rounds_verified() - a round of the peer is done. */
void rounds_verified(struct sa *sa);
/** rounds_done() - nothing is left to send of ours, or announced of the peer's. */
bool rounds_done(const struct sa *sa);
/** rounds_sent() - our AUTH was written: say so if another one of ours follows. */
void rounds_sent(struct sa *sa);

/** unique_apply() - what a second SA of the same peer does to the first; false: refuse it. */
bool unique_apply(struct sa *sa);

/* v2_child.c: CREATE_CHILD_SA for a child, new or rekeyed */

void child_i_start(struct sa *sa, struct task *t);
enum v2_verdict child_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict child_i_refused(struct sa *sa, const struct msg *m);
enum v2_verdict child_r_request(struct sa *sa, const struct msg *m);
enum v2_verdict child_r_rekey(struct sa *sa, const struct msg *m);
/** child_i_finish() - all key exchanges are done: install it. */
enum v2_verdict child_i_finish(struct sa *sa);
/** child_i_broken() - the peer's part is not valid. */
enum v2_verdict child_i_broken(struct sa *sa, const char *why);
enum v2_verdict child_r_finish(struct sa *sa);

/* v2_rekey.c: CREATE_CHILD_SA for the IKE SA itself, and collisions */

void rekey_i_start(struct sa *sa, struct task *t);
enum v2_verdict rekey_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict rekey_i_refused(struct sa *sa, const struct msg *m);
enum v2_verdict rekey_r_request(struct sa *sa, const struct msg *m);
enum v2_verdict rekey_i_finish(struct sa *sa);
enum v2_verdict rekey_r_finish(struct sa *sa);
/** rekey_abandon() - our rekey is moot; the peer's, if any, stays. */
void rekey_abandon(struct sa *sa, struct sa *theirs);
/** rekey_resolve() - a request came in an IKE SA whose rekey still collides. */
void rekey_resolve(struct sa *theirs, const struct msg *m);
/** rekey_child_settle() - after a rekey of ours: who deletes which of the children. */
void rekey_child_settle(struct sa *sa, struct nego *n, struct child *mine);

/* v2_redirect.c */

/** redirect_offer() - REDIRECT_SUPPORTED, or from where we were sent, into IKE_SA_INIT. */
void redirect_offer(struct sa *sa);
enum v2_verdict init_i_redirect(struct sa *sa, const struct msg *m);
/** redirect_read() - out of IKE_AUTH or INFORMATIONAL; redirect_step() follows it. */
void redirect_read(struct sa *sa, const struct msg *m);
void redirect_step(struct sa *sa);
/** redirect_move() - the peer's rekey does not change where we are sent. */
void redirect_move(struct sa *from, struct sa *to);
/** redirect_found() - netadmin knows a path, or none. Return: was that asked for? */
bool redirect_found(struct sa *sa, const struct ike_ev_path *ev);
/** init_redirected() - begin again with another gateway, from this address. */
void init_redirected(struct sa *sa, const struct ike_addr *local, const struct ike_addr *to);

/* v2_ppk.c */

bool ppk_offered(const struct ike_conn_conf *conf);
bool ppk_possible(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote);
/** ppk_i_agree() - out of IKE_SA_INIT; false: the SA is dead, since it is required. */
bool ppk_i_agree(struct sa *sa, const struct msg *m);
/**
 * ppk_i_start() - our AUTH is about to be made
 * Return: true: the keyholder comes first, and then @resume, without an event; false:
 * there is nothing to do, or it was done.
 */
bool ppk_i_start(struct sa *sa, turn_resume resume);
void ppk_i_write(struct sa *sa);
/** ppk_i_read() - did the peer use it? false: it had to. */
bool ppk_i_read(struct sa *sa, const struct msg *m, char *text, char *hint);
/** ppk_r_read() - ppk_r_request(), with what it means; false: the request is answered, or waits. */
bool ppk_r_read(struct sa *sa, const struct msg **m, struct msg *without, enum v2_verdict *verdict);
void ppk_r_write(struct sa *sa);

/* v2_inter.c */

/** inter_offered() - does the configuration ask for further key exchanges? */
bool inter_offered(const struct ike_conn_conf *conf);
/** inter_agree() - out of IKE_SA_INIT; false: they were chosen by who cannot. */
bool inter_agree(struct sa *sa, const struct msg *m);
/** inter_pending() - is there one yet to do? */
bool inter_pending(const struct sa *sa);
void inter_i_start(struct sa *sa);
enum v2_verdict inter_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict inter_r_request(struct sa *sa, const struct msg *m);

/* v2_followup.c */

/** followup_pending() - is there a further key exchange of this yet to do? */
bool followup_pending(const struct nego *n);
/** followup_i_next() - begin the next one, by the link of a response; NULL or what is wrong. */
const char *followup_i_next(struct sa *sa, const struct msg *m);
enum v2_verdict followup_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict followup_r_request(struct sa *sa, const struct msg *m);
/** followup_busy() - does one that is kept stand in the way of a CREATE_CHILD_SA? */
bool followup_busy(struct sa *sa, uint64_t replaces, bool ike);
/** followup_r_keep() - the turn is over, and its negotiation goes on. */
void followup_r_keep(struct sa *sa, struct turn *t);
/** followup_r_link() - ADDITIONAL_KEY_EXCHANGE, into our response. */
void followup_r_link(struct sa *sa, struct nego *n);

/* v2_mobike.c */

enum v2_verdict mobike_response(struct sa *sa, const struct msg *m);

/* v2_info.c: INFORMATIONAL */

void info_i_start(struct sa *sa, struct task *t);
enum v2_verdict info_i_response(struct sa *sa, const struct msg *m);
enum v2_verdict info_r_request(struct sa *sa, const struct msg *m);
enum v2_verdict info_r_delete(struct sa *sa, const struct msg *m);
enum v2_verdict busy_r_request(struct sa *sa, const struct msg *m);
enum v2_verdict info_i_ignored(struct sa *sa, const struct msg *m);

/* operator.c: events of the operator and the kernel */

void operator_initiate(struct ike *ike, const struct ike_ev_initiate *ev);
void operator_terminate(struct ike *ike, const struct ike_ev_terminate *ev);
void operator_rekey(struct ike *ike, const struct ike_ev_terminate *ev);
void operator_conn_set(struct ike *ike, const struct ike_conn_conf *conf);
void operator_conn_del(struct ike *ike, uint32_t id);
void operator_shutdown(struct ike *ike);
void kernel_expire(struct ike *ike, const struct ike_ev_child *ev);
void kernel_mapping(struct ike *ike, const struct ike_ev_child *ev);
void kernel_roam(struct ike *ike, const struct ike_ev_roam *ev);
void kernel_address_lost(struct ike *ike, const struct ike_addr *a);
void kernel_path(struct ike *ike, const struct ike_ev_path *ev);

#endif /* IPSECVIF_KEYER_V2_H */
