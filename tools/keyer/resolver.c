// SPDX-License-Identifier: MIT
/*
 * The resolver: host names to addresses, and URLs to CRLs and the status of certificates,
 * so that a slow server holds up nothing but the tunnel that asked. A thread a look-up;
 * answers go through a pipe to the loop, which alone writes to the channel.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/keyer/child.h"
#include "tools/keyer/crypto/fetch.h"
#include "tools/keyer/log.h"

enum {
	RESOLVER_THREADS = 16, /* of each queue */
	RESOLVER_STACK = 256 * 1024,
	FETCH_WAITS = 10 * 1000, /* ms after which nobody needs it any more */
};

struct lookup {
	struct lookup *next;
	struct message_resolve ask;
	struct message_resolved answer;
	bool fetch; /* a URL it is, not a name */
	uint64_t since; /* loop_now() when it was asked for */
	struct message_fetch want;
	struct message_fetched fetched;
	int fd;
};

/** struct queue - of names, or of URLs: servers that don't answer hold up no name */
struct queue {
	unsigned int running;
	struct lookup *waiting, **last;
};

static struct {
	struct loop *loop;
	struct channel *netadmin;
	int done[2]; /* a pipe of pointers to struct lookup */
	struct queue queues[2]; /* by lookup.fetch */
} resolver;

static void answer_add(struct message_resolved *answer, const struct addrinfo *ai)
{
	struct ike_addr addr = { .family = (uint16_t)ai->ai_family };

	if (ai->ai_family == AF_INET)
		memcpy(addr.bytes, &((struct sockaddr_in *)ai->ai_addr)->sin_addr, 4);
	else if (ai->ai_family == AF_INET6)
		memcpy(addr.bytes, &((struct sockaddr_in6 *)ai->ai_addr)->sin6_addr, 16);
	else
		return;
	if (answer->n < IKE_ADDRS_MAX)
		answer->addrs[answer->n++] = addr;
}

static void name_run(struct lookup *lookup)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL, *ai;
	int ret;

	hints.ai_family = lookup->ask.family ? lookup->ask.family : AF_UNSPEC;
	ret = getaddrinfo(lookup->ask.name, NULL, &hints, &found);
	for (ai = found; !ret && ai; ai = ai->ai_next)
		answer_add(&lookup->answer, ai);
	if (found)
		freeaddrinfo(found);
	if (ret)
		snprintf(lookup->answer.why, sizeof(lookup->answer.why), "%s", gai_strerror(ret));
	else if (!lookup->answer.n)
		snprintf(lookup->answer.why, sizeof(lookup->answer.why), "it has no address");
}

static void *lookup_run(void *arg)
{
	struct lookup *lookup = arg;
	uintptr_t done = (uintptr_t)arg;

	if (lookup->fetch)
		lookup->fd = fetch_http(lookup->want.url,
					lookup->want.request_len ? lookup->want.request : NULL,
					lookup->want.request_len, lookup->fetched.why,
					sizeof(lookup->fetched.why));
	else
		name_run(lookup);
	while (write(resolver.done[1], &done, sizeof(done)) < 0 && errno == EINTR)
		;
	return NULL;
}

static void answer_send(struct lookup *lookup)
{
	if (lookup->fetch)
		channel_send(resolver.netadmin, MSG_FETCHED, &lookup->fetched,
			     sizeof(lookup->fetched), lookup->fd);
	else
		channel_send(resolver.netadmin, MSG_RESOLVED, &lookup->answer,
			     sizeof(lookup->answer), -1);
	if (lookup->fd >= 0)
		close(lookup->fd);
	free(lookup);
}

static void lookups_start(struct queue *queue)
{
	struct lookup *lookup;
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, RESOLVER_STACK);
	while (queue->running < RESOLVER_THREADS && (lookup = queue->waiting)) {
		queue->waiting = lookup->next;
		if (!queue->waiting)
			queue->last = &queue->waiting;
		if (lookup->fetch && lookup->since + FETCH_WAITS < loop_now()) {
			snprintf(lookup->fetched.why, sizeof(lookup->fetched.why),
				 "too much else was asked for before");
			answer_send(lookup);
			continue;
		}
		queue->running++;
		if (pthread_create(&thread, &attr, lookup_run, lookup))
			lookup_run(lookup);
	}
	pthread_attr_destroy(&attr);
}

static void done_ready(uint32_t events, void *arg)
{
	struct lookup *lookup;
	uintptr_t done;

	(void)events;
	(void)arg;
	while (read(resolver.done[0], &done, sizeof(done)) == sizeof(done)) {
		lookup = (struct lookup *)done; // NOLINT(performance-no-int-to-ptr)
		resolver.queues[lookup->fetch].running--;
		answer_send(lookup);
	}
	lookups_start(&resolver.queues[false]);
	lookups_start(&resolver.queues[true]);
}

static void fetch_begin(struct lookup *lookup, const struct message_fetch *want)
{
	lookup->fetch = true;
	memcpy(&lookup->want, want, sizeof(lookup->want));
	if (lookup->want.request_len > sizeof(lookup->want.request))
		lookup->want.request_len = 0;
	lookup->want.url[MESSAGE_URL_MAX - 1] = '\0';
	memcpy(lookup->fetched.id, want->id, sizeof(want->id));
	snprintf(lookup->fetched.url, sizeof(lookup->fetched.url), "%s", lookup->want.url);
}

static void on_netadmin(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	struct lookup *lookup;
	struct queue *queue;

	(void)arg;
	if (fd >= 0)
		close(fd);
	if (type != MSG_RESOLVE && type != MSG_FETCH)
		return;
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		abort();
	lookup->fd = -1;
	lookup->since = loop_now();
	if (type == MSG_FETCH) {
		fetch_begin(lookup, data);
	} else {
		memcpy(&lookup->ask, data, len);
		lookup->ask.name[MESSAGE_NAME_MAX - 1] = '\0';
		lookup->answer.request = lookup->ask.request;
	}
	queue = &resolver.queues[lookup->fetch];
	*queue->last = lookup;
	queue->last = &lookup->next;
	lookups_start(queue);
}

int resolver_main(void *arg)
{
	const struct child_args *args = arg;

	for (int i = 0; i < 2; i++)
		resolver.queues[i].last = &resolver.queues[i].waiting;
	resolver.loop = loop_new();
	if (!resolver.loop || pipe2(resolver.done, O_CLOEXEC) < 0)
		return 1;
	fcntl(resolver.done[0], F_SETFL, O_NONBLOCK);
	resolver.netadmin =
		channel_new(resolver.loop, args->netadmin, on_netadmin, child_broken, NULL);
	if (!resolver.netadmin ||
	    !loop_add(resolver.loop, resolver.done[0], EPOLLIN, done_ready, NULL))
		return 1;
	child_begin(PRIVSEP_RESOLVER, resolver.netadmin);
	return loop_run(resolver.loop);
}
