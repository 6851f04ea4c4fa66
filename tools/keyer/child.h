/* SPDX-License-Identifier: MIT */
/* The three children of netadmin: what each begins with. */
#ifndef IPSECVIF_KEYER_CHILD_H
#define IPSECVIF_KEYER_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/channel.h"
#include "tools/keyer/loop.h"
#include "tools/keyer/privsep.h"

/** struct child_args - descriptors of the channels that a child has */
struct child_args {
	int netadmin;
	int peer; /* keyholder: ike's; ike: the keyholder's; else -1 */
	int log_level;
};

/** keyholder_main(), ike_main(), resolver_main() - a child's life, for privsep_fork(). */
int keyholder_main(void *args);
int ike_main(void *args);
int resolver_main(void *args);

/**
 * child_begin() - confine the process, send the log to netadmin and tell it
 * Exits with a line on stderr on failure.
 */
void child_begin(enum privsep_role role, struct channel *netadmin);

/** child_random() - random bytes for keys and nonces; without them there is no work. */
void child_random(uint8_t *buf, size_t len);
/** child_broken() - a channel_broken_fn: without the other side there is no work. */
void child_broken(const char *why, void *arg);

#endif /* IPSECVIF_KEYER_CHILD_H */
