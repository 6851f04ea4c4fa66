// SPDX-License-Identifier: MIT
/* Channels: SOCK_SEQPACKET socket pairs with a queue. */
#include "tools/keyer/channel.h"

#include <errno.h>
#include <malloc.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CHANNEL_MUCH = 1024 * 1024, /* bytes whose memory is given back */
	CHANNEL_QUEUE_MAX = 256 * 1024 * 1024, /* bytes; ten thousand connections at a reload */
	CHANNEL_BUFFER = 1024 * 1024, /* of the socket */
	CHANNEL_BATCH = 64, /* messages taken before others get their turn */
};

struct channel_message {
	struct channel_message *next;
	size_t len;
	int fd;
	uint32_t type;
	uint8_t data[];
};

struct channel {
	int fd;
	bool broken;
	bool freed; /* within a callback of its own */
	unsigned int depth;
	struct loop_source *source;
	channel_fn *fn;
	channel_broken_fn *on_broken;
	void *arg;
	struct channel_message *first, **last;
	size_t queued;
	bool much; /* was queued since it was last empty */
	alignas(max_align_t) uint8_t buffer[MESSAGE_MAX];
};

int channel_pair(int fds[2])
{
	int size = CHANNEL_BUFFER, i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	for (i = 0; i < 2; i++)
		if (setsockopt(fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
			setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

static void channel_break(struct channel *channel, const char *why)
{
	if (channel->broken)
		return;
	channel->broken = true;
	loop_remove(channel->source);
	channel->source = NULL;
	if (channel->on_broken)
		channel->on_broken(why, channel->arg);
}

static void message_drop(struct channel_message *message)
{
	if (message->fd >= 0)
		close(message->fd);
	explicit_bzero(message->data, message->len);
	free(message);
}

/* Return: 0, or -errno (-EAGAIN: try later). */
static int message_write(int fd, uint32_t type, const void *data, size_t len, int passed)
{
	struct iovec iov[2] = { { &type, sizeof(type) }, { (void *)data, len } };
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };
	struct cmsghdr *cmsg;

	if (passed >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &passed, sizeof(passed));
	}
	for (;;) {
		if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		if (errno != EINTR)
			return errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -errno;
	}
}

static void channel_flush(struct channel *channel)
{
	struct channel_message *message;
	int ret;

	while ((message = channel->first) && !channel->broken) {
		ret = message_write(channel->fd, message->type, message->data, message->len,
				    message->fd);
		if (ret == -EAGAIN)
			return;
		if (ret < 0) {
			channel_break(channel, strerror(-ret));
			return;
		}
		channel->first = message->next;
		if (!channel->first)
			channel->last = &channel->first;
		channel->queued -= message->len + sizeof(*message);
		message_drop(message);
	}
	/* After a reload of ten thousand tunnels much is free, and in pieces. */
	if (channel->much)
		malloc_trim(0);
	channel->much = false;
	if (!channel->broken)
		loop_modify(channel->source, EPOLLIN);
}

void channel_send(struct channel *channel, enum message_type type, const void *data, size_t len,
		  int fd)
{
	struct channel_message *message;
	int ret = -EAGAIN;

	if (channel->broken)
		return;
	if (!channel->first) {
		ret = message_write(channel->fd, type, data, len, fd);
		if (!ret)
			return;
	}
	message = ret == -EAGAIN ? malloc(sizeof(*message) + len) : NULL;
	if (!message || channel->queued + len + sizeof(*message) > CHANNEL_QUEUE_MAX) {
		free(message);
		channel_break(channel, ret == -EAGAIN ? "it does not read" : strerror(-ret));
		return;
	}
	*message = (struct channel_message){ .len = len, .fd = -1, .type = type };
	if (fd >= 0)
		message->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (len)
		memcpy(message->data, data, len);
	*channel->last = message;
	channel->last = &message->next;
	channel->queued += len + sizeof(*message);
	channel->much |= channel->queued > CHANNEL_MUCH;
	loop_modify(channel->source, EPOLLIN | EPOLLOUT);
}

/* Takes the descriptor out of a message; more than one are closed. */
static int control_fd(struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int fd = -1, one;
	size_t i, n;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&one, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(one));
			if (fd < 0)
				fd = one;
			else
				close(one);
		}
	}
	return fd;
}

/* Takes one message. Return: false when none waits or the channel broke. */
static bool channel_receive(struct channel *channel)
{
	uint32_t type = MSG_TYPES;
	struct iovec iov[2] = { { &type, sizeof(type) }, { channel->buffer, MESSAGE_MAX } };
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr msg = { .msg_iov = iov,
			      .msg_iovlen = 2,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len;
	size_t body;
	int fd;

	len = recvmsg(channel->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0) {
		channel_break(channel, len ? strerror(errno) : "it ended");
		return false;
	}
	fd = control_fd(&msg);
	body = (size_t)len - sizeof(type);
	if ((size_t)len < sizeof(type) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    !message_length_ok(type, body)) {
		if (fd >= 0)
			close(fd);
		channel_break(channel, "it sent a malformed message");
		return false;
	}
	channel->fn(type, channel->buffer, body, fd, channel->arg);
	explicit_bzero(channel->buffer, body);
	return !channel->broken && !channel->freed;
}

static void channel_destroy(struct channel *channel)
{
	struct channel_message *message;

	loop_remove(channel->source);
	while ((message = channel->first)) {
		channel->first = message->next;
		message_drop(message);
	}
	close(channel->fd);
	explicit_bzero(channel->buffer, sizeof(channel->buffer));
	free(channel);
}

static void channel_ready(uint32_t events, void *arg)
{
	struct channel *channel = arg;
	int n = 0;

	channel->depth++;
	if (events & EPOLLOUT)
		channel_flush(channel);
	if (!channel->broken && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		while (n++ < CHANNEL_BATCH && channel_receive(channel))
			;
	channel->depth--;
	if (channel->freed && !channel->depth)
		channel_destroy(channel);
}

void channel_drain(struct channel *channel)
{
	/* The buffer is the channel's: not within a message of its own. */
	if (!channel->broken && !channel->depth)
		channel_ready(EPOLLIN, channel);
}

struct channel *channel_new(struct loop *loop, int fd, channel_fn *fn, channel_broken_fn *broken,
			    void *arg)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel)
		return NULL;
	channel->fd = fd;
	channel->fn = fn;
	channel->on_broken = broken;
	channel->arg = arg;
	channel->last = &channel->first;
	channel->source = loop_add(loop, fd, EPOLLIN, channel_ready, channel);
	if (!channel->source) {
		free(channel);
		return NULL;
	}
	return channel;
}

void channel_free(struct channel *channel)
{
	if (!channel)
		return;
	channel->freed = true;
	if (!channel->depth)
		channel_destroy(channel);
}
