/* SPDX-License-Identifier: MIT */
/*
 * How the values of a key are read and kept; schema.c says which key has which. Each
 * takes a->values, and returns 0, or -1 with a sentence in a->error and the value that
 * is wrong in a->bad.
 */
#ifndef IPSECVIF_CONF_SET_H
#define IPSECVIF_CONF_SET_H

#include "tools/keyer/conf/internal.h"

/* set.c */

/** set_target() - where a key of a simple type is kept. */
void *set_target(struct conf_assign *a);
/** set_word_index() - which of @words @text is, or -1 with a sentence. */
int set_word_index(struct conf_assign *a, const char *text, const char *const *words);
/* One of a->key->words, as its index in 32 bits, or in 8. */
int conf_set_word(struct conf_assign *a);
int conf_set_word8(struct conf_assign *a);
/* From a->key->min to a->key->max. */
int conf_set_number(struct conf_assign *a);
int conf_set_bool(struct conf_assign *a);
int conf_set_duration(struct conf_assign *a);
int conf_set_size(struct conf_assign *a);
int conf_set_percent(struct conf_assign *a);
/* Kept where the configuration has it. */
int conf_set_text(struct conf_assign *a);
int conf_set_factor(struct conf_assign *a);
int conf_set_margin(struct conf_assign *a);
int conf_set_interface(struct conf_assign *a);
int conf_set_mtu(struct conf_assign *a);
int conf_set_ttl(struct conf_assign *a);
/* Relative to the file that names it; files are kept with their use, a->key->min. */
int conf_set_path(struct conf_assign *a);
int conf_set_files(struct conf_assign *a);
int conf_set_replay(struct conf_assign *a);

/* set_host.c */

/* Of the interface. */
int conf_set_addresses(struct conf_assign *a);
int conf_set_ocsp(struct conf_assign *a);
int conf_set_local(struct conf_assign *a);
int conf_set_remote(struct conf_assign *a);
int conf_set_pool(struct conf_assign *a);
int conf_set_dns(struct conf_assign *a);
int conf_set_nbns(struct conf_assign *a);
/* What a client asks its gateway for. */
int conf_set_request(struct conf_assign *a);

/* set_ike.c */

int conf_set_id(struct conf_assign *a);
/* Of second rounds (RFC 4739); a->key->min is 0 for ours, 1 for the peer's. */
int conf_set_id2(struct conf_assign *a);
int conf_set_ike(struct conf_assign *a);
int conf_set_esp(struct conf_assign *a);
int conf_set_ah(struct conf_assign *a);
int conf_set_auth(struct conf_assign *a);
int conf_set_local_auth2(struct conf_assign *a);
int conf_set_remote_auth2(struct conf_assign *a);
int conf_set_local_auth(struct conf_assign *a);
int conf_set_remote_auth(struct conf_assign *a);
int conf_set_ppk_id(struct conf_assign *a);
int conf_set_fragment_size(struct conf_assign *a);
int conf_set_start(struct conf_assign *a);
int conf_set_child_local(struct conf_assign *a);
int conf_set_child_remote(struct conf_assign *a);

#endif
