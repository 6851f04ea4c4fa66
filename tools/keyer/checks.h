/* SPDX-License-Identifier: MIT */
/*
 * Checks of peers' certificates under way in the ike process: one may have to wait until
 * a CRL or a status was fetched.
 */
#ifndef IPSECVIF_KEYER_CHECKS_H
#define IPSECVIF_KEYER_CHECKS_H

#include "tools/keyer/channel.h"
#include "tools/keyer/loop.h"
#include "tools/keyer/trust.h"

struct checks;

/**
 * checks_new() - none yet
 * @netadmin: is asked for what is to be fetched.
 * @ready: is called when checks that waited have their answers. They are got by
 *	checks_answer(); those of checks that need not wait, right after checks_begin().
 */
struct checks *checks_new(struct loop *loop, struct channel *netadmin, struct trust *trust,
			  void (*ready)(void *arg), void *arg);
void checks_begin(struct checks *checks, const struct ike_fx_cert *fx);
/** checks_answer() - the next answer. Return: is there one? */
bool checks_answer(struct checks *checks, struct ike_ev_auth *answer);
/** checks_fetched() - something came, or cannot be had. @fd: stays the caller's. */
void checks_fetched(struct checks *checks, const struct message_fetched *message, int fd);

#endif /* IPSECVIF_KEYER_CHECKS_H */
