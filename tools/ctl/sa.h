/* SPDX-License-Identifier: MIT */
/*
 * SAs on the command line and in answers.
 */
#ifndef IPSECVIF_CTL_SA_H
#define IPSECVIF_CTL_SA_H

#include "tools/ctl/args.h"
#include "tools/ctl/key.h"

/**
 * struct sa_request - what the words of one SA command said
 * @ifindex: device; 0 if none was named.
 * @has_dir: dir was given.
 * @sa: the SA; its keys point into @keys.
 * @what: bits of the attributes that were given, as ipsecvif_sa_update() wants.
 * @keys: the keys: AEAD, encryption, authentication.
 * @has_selector: sel was given.
 * @selector: what it said.
 * @seq_low: replay-seq or replay-oseq.
 * @seq_high: replay-seq-hi or replay-oseq-hi.
 * @is_pair: "and" followed, with
 * @other: the words of the SA of the other direction.
 */
struct sa_request {
	unsigned int ifindex;
	bool has_dir;
	struct ipsecvif_sa sa;
	uint64_t what;
	struct key keys[3];
	bool has_selector;
	struct ipsecvif_selector selector;
	uint32_t seq_low[2];
	uint32_t seq_high[2];
	bool is_pair;
	struct args other;
};

/* XFRM's name for no encryption. It takes no key. */
#define ALG_NULL "ecb(cipher_null)"

/**
 * alg_alias - the full name of an algorithm that XFRM has a short one for
 * @name: what the user said.
 *
 * Return: the full name, or @name.
 */
const char *alg_alias(const char *name);

/**
 * alg_hint - after a refusal: does the kernel lack @alg, or do key and ICV not
 * fit it? Says so in a note, with what would fit; else says nothing.
 * @ctl: the run, connected.
 * @kind: which of an SA's algorithms.
 * @alg: the algorithm, or one without a name.
 */
void alg_hint(struct ctl *ctl, enum ipsecvif_alg_kind kind, const struct ipsecvif_sa_alg *alg);

/**
 * sa_parse_add - take the words of `sa add`
 * @ctl: the run.
 * @args: the words left.
 * @request: cleared, but perhaps for the device; receives what they say. Holds
 *	keys even after an error.
 *
 * Return: CTL_OK, or an exit code after printing why.
 */
int sa_parse_add(struct ctl *ctl, struct args *args, struct sa_request *request);

/**
 * sa_parse_update - take the words of `sa update`
 *
 * Return: CTL_OK, or an exit code; the parameters as in sa_parse_add().
 */
int sa_parse_update(struct ctl *ctl, struct args *args, struct sa_request *request);

/**
 * sa_parse_id - take the words that name SAs: dev, dir, spi, src, dst, proto
 *
 * Return: CTL_OK, or an exit code; the parameters as in sa_parse_add(). What
 * must be there is for the caller to check.
 */
int sa_parse_id(struct ctl *ctl, struct args *args, struct sa_request *request);

/**
 * sa_show_text - print an SA in the manner of `ip -s xfrm state`, keys left out
 * @ctl: the run.
 * @sa: the SA.
 * @dev: its device.
 */
void sa_show_text(struct ctl *ctl, const struct ipsecvif_sa *sa, const struct ipsecvif_dev *dev);

/**
 * sa_json - an SA as JSON
 * @sa: the SA.
 * @dev: its device, or NULL.
 *
 * Return: an object, the caller's.
 */
struct json_object *sa_json(const struct ipsecvif_sa *sa, const struct ipsecvif_dev *dev);

#endif /* IPSECVIF_CTL_SA_H */
