// SPDX-License-Identifier: MIT
/*
 * talk CLIENT SERVER ADDRESS bulk FLOWS MS: TCP flows, as much as goes, from network
 * namespace CLIENT to ADDRESS in SERVER; prints the Mbit/s that arrived.
 *
 * talk CLIENT SERVER ADDRESS ask COUNT FLOWS: one question of 64 bytes after the other,
 * with so many bulk flows beside; prints the median and the 99th percentile of the
 * microseconds until the answer.
 *
 * One process makes the sockets of both ends, each in its namespace, and forks for
 * whoever else has something to do: as little as possible is started, since that is
 * slow on an emulated machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX 64
#define CHUNK (128 * 1024)
#define QUESTION 64 /* bytes */
#define PORT 5201
#define LIMIT 120 /* seconds: the kernel ends us if a packet never comes */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

static int socket_new(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Two ends that know each other. */
struct pair {
	int client, server;
};

struct sides {
	const char *client, *server;
	struct sockaddr_in address;
	int listener;
};

static void sides_open(struct sides *sides)
{
	enter(sides->server);
	sides->listener = socket_new(SOCK_STREAM);
	if (bind(sides->listener, (struct sockaddr *)&sides->address, sizeof(sides->address)) ||
	    listen(sides->listener, FLOWS_MAX))
		die("listen");
}

static struct pair tcp_pair(struct sides *sides)
{
	struct pair pair;

	enter(sides->client);
	pair.client = socket_new(SOCK_STREAM);
	if (connect(pair.client, (struct sockaddr *)&sides->address, sizeof(sides->address)))
		die("connect");
	pair.server = accept4(sides->listener, NULL, NULL, SOCK_CLOEXEC);
	if (pair.server < 0)
		die("accept");
	return pair;
}

/* The child ends with us. */
static bool in_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return !pid;
}

static void flows_send(const struct pair *pairs, int flows)
{
	static char chunk[CHUNK];
	struct pollfd fds[FLOWS_MAX];
	int i;

	for (i = 0; i < flows; i++) {
		fds[i] = (struct pollfd){ .fd = pairs[i].client, .events = POLLOUT };
		fcntl(fds[i].fd, F_SETFL, O_NONBLOCK);
	}
	while (poll(fds, (nfds_t)flows, -1) > 0)
		for (i = 0; i < flows; i++)
			if (fds[i].revents && write(fds[i].fd, chunk, sizeof(chunk)) < 0 &&
			    errno != EAGAIN)
				die("write");
}

/* Returns the bytes that came in the time after the first quarter of @ms, which is @ns. */
static uint64_t flows_receive(const struct pair *pairs, int flows, uint64_t ms, uint64_t *ns)
{
	uint64_t begun = now_ns(), from = 0, now, bytes = 0;
	static char chunk[CHUNK];
	struct pollfd fds[FLOWS_MAX];
	int i;

	for (i = 0; i < flows; i++)
		fds[i] = (struct pollfd){ .fd = pairs[i].server, .events = POLLIN };
	for (;;) {
		if (poll(fds, (nfds_t)flows, -1) < 0)
			die("poll");
		for (i = 0; i < flows; i++) {
			ssize_t got = fds[i].revents ? read(fds[i].fd, chunk, sizeof(chunk)) : 0;

			if (got < 0 || (fds[i].revents && !got))
				die("read");
			bytes += (uint64_t)got;
		}
		now = now_ns();
		if (!from && now - begun >= ms * 250000) {
			from = now;
			bytes = 0;
		}
		if (now - begun >= ms * 1000000) {
			*ns = now - from;
			return bytes;
		}
	}
}

static void flows_open(struct sides *sides, struct pair *pairs, int flows)
{
	int i;

	for (i = 0; i < flows; i++)
		pairs[i] = tcp_pair(sides);
	if (flows && in_child())
		flows_send(pairs, flows);
}

static void bulk(struct sides *sides, int flows, uint64_t ms)
{
	struct pair pairs[FLOWS_MAX];
	uint64_t bytes, ns;

	flows_open(sides, pairs, flows);
	bytes = flows_receive(pairs, flows, ms, &ns);
	printf("%.3f\n", 8e3 * (double)bytes / (double)ns);
}

static void answer(int fd)
{
	char text[QUESTION];
	ssize_t got;

	while ((got = read(fd, text, sizeof(text))) > 0)
		if (write(fd, text, (size_t)got) != got)
			break;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

/* In microseconds. */
static double percentile(const uint64_t *sorted, int count, int percent)
{
	int index = count * percent / 100;

	return (double)sorted[index] / 1e3;
}

/* Nanoseconds of one question and its answer. */
static uint64_t question(int fd)
{
	uint64_t begun = now_ns();
	char text[QUESTION] = "?";
	size_t got = 0;
	ssize_t more;

	if (write(fd, text, sizeof(text)) != sizeof(text))
		die("write");
	for (; got < sizeof(text); got += (size_t)more) {
		more = read(fd, text, sizeof(text));
		if (more <= 0)
			die("read");
	}
	return now_ns() - begun;
}

static void ask(struct sides *sides, int count, int flows)
{
	struct pair pairs[FLOWS_MAX], asking;
	uint64_t *took = calloc((size_t)count, sizeof(*took)), unused;
	int i;

	if (!took)
		die("calloc");
	flows_open(sides, pairs, flows);
	if (flows && in_child())
		flows_receive(pairs, flows, LIMIT * 1000, &unused);
	asking = tcp_pair(sides);
	if (in_child())
		answer(asking.server);
	for (i = 0; i < count / 10; i++)
		question(asking.client);
	for (i = 0; i < count; i++)
		took[i] = question(asking.client);
	qsort(took, (size_t)count, sizeof(*took), compare);
	printf("%.3f %.3f\n", percentile(took, count, 50), percentile(took, count, 99));
	free(took);
}

int main(int argc, char **argv)
{
	struct sides sides = { .address = { .sin_family = AF_INET, .sin_port = htons(PORT) } };
	bool is_ask = argc == 7 && !strcmp(argv[4], "ask");
	int flows, number;

	if (argc != 7 || (!is_ask && strcmp(argv[4], "bulk") != 0)) {
		fprintf(stderr,
			"usage: talk CLIENT SERVER ADDRESS bulk FLOWS MS | ask COUNT FLOWS\n");
		return 2;
	}
	flows = atoi(argv[is_ask ? 6 : 5]);
	number = atoi(argv[is_ask ? 5 : 6]);
	if (flows < !is_ask || flows > FLOWS_MAX || number < 1 ||
	    inet_pton(AF_INET, argv[3], &sides.address.sin_addr) != 1)
		die("arguments");
	sides.client = argv[1];
	sides.server = argv[2];
	signal(SIGPIPE, SIG_IGN);
	alarm(LIMIT);
	sides_open(&sides);
	if (is_ask)
		ask(&sides, number, flows);
	else
		bulk(&sides, flows, (uint64_t)number);
	return 0;
}
