/* SPDX-License-Identifier: MIT */
/*
 * Selectors on the command line and in answers.
 */
#ifndef IPSECVIF_CTL_SELECTOR_H
#define IPSECVIF_CTL_SELECTOR_H

#include "tools/ctl/args.h"

/**
 * selector_words - take the words of a selector as far as they go
 * @ctl: the run.
 * @args: the words left; ends before the first that is no selector's, or that
 *	comes a second time.
 * @selector: receives it.
 *
 * Return: CTL_OK, or CTL_USAGE after printing why.
 */
int selector_words(struct ctl *ctl, struct args *args, struct ipsecvif_selector *selector);

/**
 * selector_check - refuse an incomplete or contradictory selector
 * @ctl: the run.
 * @selector: the selector; a side without a network gets "any".
 *
 * Return: CTL_OK, or CTL_USAGE after printing why.
 */
int selector_check(struct ctl *ctl, struct ipsecvif_selector *selector);

/**
 * selector_json - a selector as JSON
 * @selector: the selector.
 *
 * Return: an object, the caller's.
 */
struct json_object *selector_json(const struct ipsecvif_selector *selector);

#endif /* IPSECVIF_CTL_SELECTOR_H */
