/* SPDX-License-Identifier: MIT */
/*
 * Channels: how the daemon's processes speak, socket pairs that keep message
 * boundaries. A message is a type and a plain structure without pointers; both
 * ends are the same binary. A descriptor may travel with it.
 *
 * A channel never blocks: what the other side does not read yet is queued, up to
 * a limit at which the channel breaks. A message of a wrong length breaks it, too.
 */
#ifndef IPSECVIF_KEYER_CHANNEL_H
#define IPSECVIF_KEYER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/loop.h"
#include "tools/keyer/message.h"

struct channel;

/**
 * typedef channel_fn - takes a message
 * @type: one that message_length_ok() accepted with @len.
 * @data: aligned for any structure; wiped after the return.
 * @fd: a descriptor that came with it, the callee's from now on; or -1.
 */
typedef void channel_fn(enum message_type type, const void *data, size_t len, int fd, void *arg);

/** typedef channel_broken_fn - the other side is gone or misbehaves; told once. */
typedef void channel_broken_fn(const char *why, void *arg);

/** channel_pair() - two ends for two processes. Return: 0 or -errno. */
int channel_pair(int fds[2]);

/**
 * channel_new() - serve one end
 * @fd: an end from channel_pair(); the channel's from now on.
 * Return: the channel, or NULL without memory.
 */
struct channel *channel_new(struct loop *loop, int fd, channel_fn *fn, channel_broken_fn *broken,
			    void *arg);
void channel_free(struct channel *channel);

/**
 * channel_send() - queue or send a message
 * @data: copied. @len: at most MESSAGE_MAX.
 * @fd: goes along, duplicated, and stays the caller's; or -1.
 */
void channel_send(struct channel *channel, enum message_type type, const void *data, size_t len,
		  int fd);

/** channel_drain() - take in what waits now, out of turn. */
void channel_drain(struct channel *channel);

#endif /* IPSECVIF_KEYER_CHANNEL_H */
