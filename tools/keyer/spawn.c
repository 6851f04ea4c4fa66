// SPDX-License-Identifier: MIT
/* Programs that netadmin runs. */
#include "tools/keyer/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

struct running {
	TAILQ_ENTRY(running) link;
	struct spawner *spawner;
	char **argv, **env;
	char *input, *turn;
	uint64_t limit;
	spawn_done_fn *done;
	void *arg;
	/* while it runs */
	pid_t pid;
	int pidfd, errors;
	struct loop_source *source;
	struct loop_timer timer;
};

struct spawner {
	struct loop *loop;
	TAILQ_HEAD(running_list, running) list; /* in order; those that run are among them */
	struct running_list
		ended; /* freed when the next one comes: who walks the list may hold one */
	size_t n;
	unsigned int n_running;
	bool starting;
};

/* --- copies --- */

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static char **list_copy(const char *const *list)
{
	size_t i, n = 0;
	char **copy;

	while (list[n])
		n++;
	copy = need(calloc(n + 1, sizeof(*copy)));
	for (i = 0; i < n; i++)
		copy[i] = need(strdup(list[i]));
	return copy;
}

static void list_free(char **list)
{
	size_t i;

	for (i = 0; list[i]; i++)
		free(list[i]);
	free(list);
}

static void running_close(struct running *r)
{
	loop_remove(r->source);
	loop_timer_set(r->spawner->loop, &r->timer, LOOP_NEVER);
	if (r->pidfd >= 0)
		close(r->pidfd);
	if (r->errors >= 0)
		close(r->errors);
}

static void running_free(struct running *r)
{
	list_free(r->argv);
	list_free(r->env);
	free(r->input);
	free(r->turn);
	free(r);
}

/* --- start and end --- */

static void start_due(struct spawner *spawner);

/* Takes it out of the list, tells its owner, and starts what waited for it. */
static void over(struct running *r, int status, const char *text)
{
	struct spawner *spawner = r->spawner;

	TAILQ_REMOVE(&spawner->list, r, link);
	spawner->n--;
	if (r->pid)
		spawner->n_running--;
	if (r->done)
		r->done(status, text, r->arg);
	running_close(r);
	TAILQ_INSERT_TAIL(&spawner->ended, r, link);
	start_due(spawner);
}

static void ended_free(struct spawner *spawner)
{
	struct running *r;

	while ((r = TAILQ_FIRST(&spawner->ended))) {
		TAILQ_REMOVE(&spawner->ended, r, link);
		running_free(r);
	}
}

static void errors_read(const struct running *r, char *text, size_t len)
{
	ssize_t got = r->errors >= 0 ? pread(r->errors, text, len - 1, 0) : 0;

	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static void reap(struct running *r, int options)
{
	char text[SPAWN_TEXT_MAX];
	int status;

	if (waitpid(r->pid, &status, options) != r->pid)
		return;
	errors_read(r, text, sizeof(text));
	over(r, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), text);
}

static void on_end(uint32_t events, void *arg)
{
	(void)events;
	reap(arg, WNOHANG);
}

static void on_limit(void *arg)
{
	const struct running *r = arg;

	kill(-r->pid, SIGKILL);
}

/* A file in memory: a pipe would have to be served. @text: NULL for an empty one. */
static int memory_file(const char *text)
{
	int fd = memfd_create("ipsecvifd", MFD_CLOEXEC);

	if (fd < 0 || !text)
		return fd;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Return: 0, or an errno. */
static int process_start(struct running *r)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int in = -1, ret;

	r->errors = memory_file(NULL);
	if (r->input)
		in = memory_file(r->input);
	if (r->errors < 0 || (r->input && in < 0))
		return errno;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	else
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, r->errors, 2);
	posix_spawn_file_actions_addchdir_np(&actions, "/");
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	/* A group of its own, so that it can be ended with all that it started. */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	ret = posix_spawn(&r->pid, r->argv[0], &actions, &attr, r->argv, r->env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (in >= 0)
		close(in);
	if (ret)
		r->pid = 0;
	return ret;
}

static void start(struct running *r)
{
	char text[SPAWN_TEXT_MAX];
	int ret = process_start(r);

	if (ret) {
		snprintf(text, sizeof(text), "%.256s cannot be run: %s", r->argv[0], strerror(ret));
		over(r, -1, text);
		return;
	}
	r->spawner->n_running++;
	r->pidfd = pidfd_open(r->pid, 0);
	r->source = r->pidfd < 0 ? NULL : loop_add(r->spawner->loop, r->pidfd, EPOLLIN, on_end, r);
	if (!r->source) {
		/* Without a way to hear of its end, wait for it. */
		reap(r, 0);
		return;
	}
	if (r->limit)
		loop_timer_set(r->spawner->loop, &r->timer, loop_now() + r->limit);
}

/* Is it the turn of another, that came before? */
static bool turn_taken(const struct spawner *spawner, const struct running *r)
{
	const struct running *other;

	for (other = TAILQ_FIRST(&spawner->list); r->turn && other != r;
	     other = TAILQ_NEXT(other, link))
		if (other->turn && !strcmp(other->turn, r->turn))
			return true;
	return false;
}

static void start_due(struct spawner *spawner)
{
	struct running *r;
	bool again = true;

	/* What cannot be started ends at once, and would come here again. */
	if (spawner->starting)
		return;
	spawner->starting = true;
	while (again) {
		again = false;
		TAILQ_FOREACH(r, &spawner->list, link)
		{
			if (spawner->n_running >= SPAWN_RUNNING_MAX)
				break;
			if (r->pid || turn_taken(spawner, r))
				continue;
			start(r);
			again = true;
			break;
		}
	}
	spawner->starting = false;
}

int spawn(struct spawner *spawner, const struct spawn_job *job)
{
	struct running *r;

	if (!spawner || spawner->n >= SPAWN_QUEUE_MAX)
		return -1;
	ended_free(spawner);
	r = need(calloc(1, sizeof(*r)));
	r->spawner = spawner;
	r->argv = list_copy(job->argv);
	r->env = list_copy(job->env);
	r->input = job->input ? need(strdup(job->input)) : NULL;
	r->turn = job->turn ? need(strdup(job->turn)) : NULL;
	r->limit = job->limit;
	r->done = job->done;
	r->arg = job->arg;
	r->pidfd = r->errors = -1;
	loop_timer_init(&r->timer, on_limit, r);
	TAILQ_INSERT_TAIL(&spawner->list, r, link);
	spawner->n++;
	start_due(spawner);
	return 0;
}

/* Waits for the end of one that runs. */
static void running_wait(struct spawner *spawner, int timeout)
{
	struct pollfd fds[SPAWN_RUNNING_MAX];
	struct running *r, *by[SPAWN_RUNNING_MAX];
	nfds_t n = 0, i;

	TAILQ_FOREACH(r, &spawner->list, link)
	{
		if (!r->pid || n == SPAWN_RUNNING_MAX)
			continue;
		fds[n] = (struct pollfd){ .fd = r->pidfd, .events = POLLIN };
		by[n++] = r;
	}
	if (poll(fds, n, timeout) <= 0)
		return;
	for (i = 0; i < n; i++)
		if (fds[i].revents)
			reap(by[i], WNOHANG);
}

void spawn_finish(struct spawner *spawner)
{
	const uint64_t end = loop_now() + SPAWN_FINISH;
	const struct running *r;
	uint64_t now;

	if (!spawner)
		return;
	/* The loop is at its end, and serves no more. */
	while (!TAILQ_EMPTY(&spawner->list) && (now = loop_now()) < end)
		running_wait(spawner, (int)(end - now));
	TAILQ_FOREACH(r, &spawner->list, link)
	if (r->pid)
		kill(-r->pid, SIGKILL);
}

struct spawner *spawner_new(struct loop *loop)
{
	struct spawner *spawner = calloc(1, sizeof(*spawner));

	if (!spawner)
		return NULL;
	spawner->loop = loop;
	TAILQ_INIT(&spawner->list);
	TAILQ_INIT(&spawner->ended);
	return spawner;
}

void spawner_free(struct spawner *spawner)
{
	struct running *r;

	if (!spawner)
		return;
	while ((r = TAILQ_FIRST(&spawner->list))) {
		TAILQ_REMOVE(&spawner->list, r, link);
		running_close(r);
		running_free(r);
	}
	ended_free(spawner);
	free(spawner);
}
