/* SPDX-License-Identifier: MIT */
/*
 * What the operator is told: effects of status and log.
 */
#ifndef IPSECVIF_KEYER_REPORT_H
#define IPSECVIF_KEYER_REPORT_H

#include "tools/keyer/ike/core.h"

#define PRINTF(f, a) __attribute__((format(printf, f, a)))

struct ike_effect *effect_add(struct ike *ike, enum ike_fx_type type);
/** effect_send() - the data is copied. */
void effect_send(struct ike *ike, const struct ike_fx_send *send);

/** log_sa() - a line about an IKE SA: "tunnel=... ike=... peer=... " and the text. */
void log_sa(const struct sa *sa, enum ike_log_level level, const char *fmt, ...) PRINTF(3, 4);
/** log_why() - why="..." hint="..." with what needs it escaped; @hint: may be NULL or "". */
const char *log_why(const char *text, const char *hint, char *buf, size_t len);
/** log_packet() - about a datagram of nobody's; limited in rate. */
void log_packet(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote,
		const char *fmt, ...) PRINTF(4, 5);
/** status_sa() - IKE_FX_STATUS; @child may be NULL. The caller fills in more. */
struct ike_fx_status *status_sa(struct sa *sa, enum ike_status what, enum ike_reason why,
				const char *text, const char *hint);
/** step() - one line of progress for who waits for the tunnel. */
void step(struct sa *sa, const char *fmt, ...) PRINTF(2, 3);
/** report_child_failed() - CHILD_FAILED, and the same sentence in the log. */
void report_child_failed(struct sa *sa, const char *child, enum ike_reason why, const char *text,
			 const char *hint);
/** report_refused() - we refused somebody who is no SA yet. */
void report_refused(struct ike *ike, const struct conn *c, const struct ike_addr *local,
		    const struct ike_addr *remote, enum ike_reason why, const char *text,
		    const char *hint);

const char *exchange_name(uint8_t exchange);
const char *payload_name(uint8_t payload);
/** notify_name() - in @buf if nobody named it. */
const char *notify_name(uint16_t type, char *buf, size_t len);
const char *reason_name(enum ike_reason why);

/** AH_NAT_HINT - what to do where AH meets a NAT. */
#define AH_NAT_HINT "give the child esp instead of ah (on both sides), or take the NAT away"

/* explain.c: sentences; @text and @hint have IKE_TEXT_MAX bytes */

/** explain_proposals() - why none of ours fits any of theirs. */
void explain_proposals(const struct ike_proposal *ours, unsigned int n,
		       const struct sa_payload *theirs, const struct proposal_rules *rules,
		       const char *key, char *text, char *hint);
/** explain_selectors() - why nothing is left of what the peer offered. */
void explain_selectors(struct sa *sa, const struct ts_list *local, const struct ts_list *remote,
		       char *text, char *hint);
/** explain_refusal() - the peer refused us: what we had sent, and what to look at there. */
void explain_refusal(struct sa *sa, uint16_t notify, const struct nego *n, char *text, char *hint);
/** explain_silence() - no answer came. */
void explain_silence(struct sa *sa, char *text, char *hint);
/** explain_auth() - the peer's AUTH is not right. */
void explain_auth(struct sa *sa, const struct ike_ev_auth *ev, char *text, char *hint);
/** auth_name() - a way to prove oneself, for a sentence. */
const char *auth_name(uint8_t method);
/** explain_method() - it is of another kind than configured. */
void explain_method(struct sa *sa, uint8_t method, char *text, char *hint);
/** explain_no_conn() - no connection is for this identity. */
void explain_no_conn(struct sa *sa, char *text, char *hint);
/** proposals_print() - comma-separated, as in the configuration. */
char *proposals_print(const struct ike_proposal *p, unsigned int n, char *buf, size_t len);
/** text_add() - append to a sentence, cut where it ends. */
void text_add(char *text, size_t len, const char *fmt, ...) PRINTF(3, 4);

#endif /* IPSECVIF_KEYER_REPORT_H */
