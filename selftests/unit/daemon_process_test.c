// SPDX-License-Identifier: MIT
/* What the keyer's processes are made of: loop, channels, log, secrets, confinement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/keyer/channel.h"
#include "tools/keyer/keyholder/secret.h"
#include "tools/keyer/log.h"
#include "tools/keyer/loop.h"
#include "tools/keyer/privsep.h"
#include "tools/keyer/spawn.h"

/* --- loop --- */

static int fired[4], n_fired;

static void fire(void *arg)
{
	fired[n_fired++] = (int)(intptr_t)arg;
}

static void test_timers(void **state)
{
	struct loop *loop = loop_new();
	struct loop_timer timers[4];
	uint64_t now = loop_now();
	int i;

	(void)state;
	n_fired = 0;
	for (i = 0; i < 4; i++)
		loop_timer_init(&timers[i], fire, (void *)(intptr_t)i);
	loop_timer_set(loop, &timers[0], now + 3);
	loop_timer_set(loop, &timers[1], now + 1);
	loop_timer_set(loop, &timers[2], now);
	loop_timer_set(loop, &timers[3], now + 2);
	/* Moved later, and disarmed. */
	loop_timer_set(loop, &timers[2], now + 4);
	loop_timer_set(loop, &timers[3], LOOP_NEVER);
	while (n_fired < 3)
		loop_run_once(loop, 1000);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 0);
	assert_int_equal(fired[2], 2);
	loop_free(loop);
}

static void test_many_timers(void **state)
{
	enum {
		MANY = 1000
	};
	static struct loop_timer timers[MANY];
	struct loop *loop = loop_new();
	uint64_t last = 0;
	int i, j, left = MANY;

	(void)state;
	srandom(1);
	for (i = 0; i < MANY; i++) {
		loop_timer_init(&timers[i], NULL, NULL);
		loop_timer_set(loop, &timers[i], (uint64_t)random() % 10000 + 1);
	}
	for (i = 0; i < MANY; i += 3) {
		loop_timer_set(loop, &timers[i], LOOP_NEVER);
		left--;
	}
	/* The first of the heap is always the least: take them out one by one. */
	while (left--) {
		uint64_t least = LOOP_NEVER;
		int at = -1;

		for (j = 0; j < MANY; j++)
			if (timers[j].slot == 1)
				at = j;
		assert_true(at >= 0);
		for (j = 0; j < MANY; j++)
			if (timers[j].slot && timers[j].at < least)
				least = timers[j].at;
		assert_true(timers[at].at == least);
		assert_true(least >= last);
		last = least;
		loop_timer_set(loop, &timers[at], LOOP_NEVER);
	}
	loop_free(loop);
}

/* --- channels --- */

struct end {
	struct channel *channel;
	unsigned int taken, broken;
	enum message_type type;
	size_t len;
	int fd;
	uint8_t first;
};

static void end_take(enum message_type type, const void *data, size_t len, int fd, void *arg)
{
	struct end *end = arg;

	end->taken++;
	end->type = type;
	end->len = len;
	end->fd = fd;
	end->first = len ? *(const uint8_t *)data : 0;
}

static void end_broken(const char *why, void *arg)
{
	struct end *end = arg;

	assert_non_null(why);
	end->broken++;
}

static void test_channel(void **state)
{
	struct loop *loop = loop_new();
	struct end a = { 0 }, b = { 0 };
	struct message_conn conn = { .conn = 5 };
	static struct ike_fx_auth auth;
	int fds[2], i, null;

	(void)state;
	assert_int_equal(channel_pair(fds), 0);
	a.channel = channel_new(loop, fds[0], end_take, end_broken, &a);
	b.channel = channel_new(loop, fds[1], end_take, end_broken, &b);
	null = open("/dev/null", O_RDONLY);
	channel_send(a.channel, MSG_CONN_DEL, &conn, sizeof(conn), null);
	close(null);
	loop_run_once(loop, 100);
	assert_int_equal(b.taken, 1);
	assert_int_equal(b.type, MSG_CONN_DEL);
	assert_int_equal(b.first, 5);
	assert_true(b.fd >= 0);
	close(b.fd);
	/* More than the socket holds: queued, nothing lost, no one blocked. */
	for (i = 0; i < 1000; i++)
		channel_send(a.channel, MSG_SIGN, &auth, sizeof(auth), -1);
	while (b.taken < 1001)
		loop_run_once(loop, 100);
	assert_int_equal(b.len, sizeof(auth));
	assert_int_equal(a.broken + b.broken, 0);
	/* The end of one side is told to the other, once. */
	channel_free(a.channel);
	loop_run_once(loop, 100);
	loop_run_once(loop, 0);
	assert_int_equal(b.broken, 1);
	channel_free(b.channel);
	loop_free(loop);
}

/* Whatever a process that was taken over sends: a wrong length breaks the channel. */
static void test_channel_malformed(void **state)
{
	static const struct {
		uint32_t type;
		size_t len;
	} cases[] = {
		{ MSG_TYPES, 0 },
		{ UINT32_MAX, 4 },
		{ MSG_CONN_DEL, sizeof(struct message_conn) + 1 },
		{ MSG_CONN_DEL, 0 },
		{ MSG_STATUS, sizeof(struct ike_fx_status) - 1 },
		{ MSG_CONN_SET, 7 },
		{ MSG_CONN_SET, sizeof(struct ike_conn_conf) - 8 },
		{ MSG_CHILD_INSTALL, MESSAGE_MAX + 100 },
	};
	static uint8_t message[MESSAGE_MAX + 256];
	struct loop *loop;
	struct end end;
	size_t i;
	int fds[2];

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		loop = loop_new();
		memset(&end, 0, sizeof(end));
		assert_int_equal(channel_pair(fds), 0);
		end.channel = channel_new(loop, fds[0], end_take, end_broken, &end);
		memcpy(message, &cases[i].type, 4);
		assert_int_equal(send(fds[1], message, cases[i].len + 4, 0), cases[i].len + 4);
		loop_run_once(loop, 100);
		assert_int_equal(end.taken, 0);
		assert_int_equal(end.broken, 1);
		channel_free(end.channel);
		close(fds[1]);
		loop_free(loop);
	}
	/* Shorter than a type. */
	loop = loop_new();
	memset(&end, 0, sizeof(end));
	assert_int_equal(channel_pair(fds), 0);
	end.channel = channel_new(loop, fds[0], end_take, end_broken, &end);
	assert_int_equal(send(fds[1], message, 2, 0), 2);
	loop_run_once(loop, 100);
	assert_int_equal(end.broken, 1);
	channel_free(end.channel);
	close(fds[1]);
	loop_free(loop);
}

/* --- log --- */

static char logged[LOG_LINE_MAX + 16];

static void log_take(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(logged, sizeof(logged), "%s", line);
}

static void test_log(void **state)
{
	static char huge[2 * LOG_LINE_MAX];

	(void)state;
	log_open(true, LOG_INFO);
	log_set_sink(log_take, NULL);
	log_kv(LOG_INFO, "up", "tunnel", "x", "none", NULL, "empty", "", "why", "two words", NULL);
	assert_string_equal(logged, "event=up tunnel=x why=\"two words\"");
	/* What a peer says cannot forge a line or a word. */
	log_kv(LOG_INFO, "up", "id", "a\nevent=down b=\"c\"", NULL);
	assert_string_equal(logged, "event=up id=\"a?event=down b=\\\"c\\\"\"");
	log_kv(LOG_INFO, "up", "id", "DOMAIN\\user", NULL);
	assert_string_equal(logged, "event=up id=\"DOMAIN\\\\user\"");
	memset(huge, ' ', sizeof(huge) - 1);
	log_kv(LOG_INFO, "up", "id", huge, "more", huge, NULL);
	assert_true(strlen(logged) < LOG_LINE_MAX);
	memset(huge, '"', sizeof(huge) - 1);
	log_kv(LOG_INFO, "up", "id", huge, NULL);
	assert_true(strlen(logged) < LOG_LINE_MAX);
	/* cut, but within its quotes */
	assert_int_equal(logged[strlen(logged) - 1], '"');
	strcpy(logged, "untouched");
	log_kv(LOG_DEBUG, "up", NULL);
	assert_string_equal(logged, "untouched");
	log_set_sink(NULL, NULL);
}

/* --- secrets --- */

static int secret_of(const void *data, size_t len, struct secret *secret)
{
	char why[256] = "";
	int fds[2], ret;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], data, len), len);
	close(fds[1]);
	ret = secret_read(fds[0], secret, why, sizeof(why));
	close(fds[0]);
	assert_int_equal(ret < 0, why[0] != '\0');
	return ret;
}

static void test_secrets(void **state)
{
	static const struct {
		const char *text;
		const char *secret; /* NULL: refused */
	} cases[] = {
		{ "hello\n", "hello" },
		{ "hello", "hello" },
		{ "hello\r\n", "hello" },
		{ " a b \n", " a b " },
		{ "0x68656C6c6f\n", "hello" },
		{ "0saGVsbG8=\n", "hello" },
		{ "0saGVsbG8\n", "hello" },
		{ "0x\n", "0x" },
		{ "", NULL },
		{ "\n", NULL },
		{ "two\nlines\n", NULL },
		{ "0xabc\n", NULL },
		{ "0xgg\n", NULL },
		{ "0sa*b=\n", NULL },
		{ "0saaaaa\n", NULL },
		{ "0sa===\n", NULL },
	};
	static char huge[SECRET_MAX + 2];
	static struct secret secret;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ret = secret_of(cases[i].text, strlen(cases[i].text), &secret);
		assert_int_equal(ret, cases[i].secret ? 0 : -1);
		if (ret) {
			assert_int_equal(secret.len, 0);
			continue;
		}
		assert_int_equal(secret.len, strlen(cases[i].secret));
		assert_memory_equal(secret.data, cases[i].secret, secret.len);
	}
	memset(huge, 'x', sizeof(huge));
	assert_int_equal(secret_of(huge, SECRET_MAX, &secret), 0);
	assert_int_equal(secret_of(huge, SECRET_MAX + 1, &secret), -1);
}

/* --- confinement --- */

static enum privsep_role role;

enum attempt {
	DO_NOTHING,
	DO_DATE,
	DO_OPEN,
	DO_SOCKET,
	DO_SETUID,
	DO_PTRACE,
	DO_EXEC,
	DO_FORK
};
static enum attempt attempt;

/* Return: 0 if the attempt was stopped, 1 if it was not, 2 without confinement. */
static int confined_main(void *arg)
{
	char err[256], *none[] = { NULL };

	(void)arg;
	/* As in a process that had no date to print before. */
	setenv("TZ", ":/etc/localtime", 1);
	if (privsep_confine(role, err, sizeof(err))) {
		fprintf(stderr, "# %s\n", err);
		return 2;
	}
	switch (attempt) {
	case DO_NOTHING:
		/* Dumpable no more, no new privilege, and the process can still end. */
		return 0;
	case DO_DATE:
		return !localtime(&(time_t){ 0 });
	case DO_OPEN:
		return open("/etc/passwd", O_RDONLY) >= 0;
	case DO_SOCKET:
		return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
	case DO_SETUID:
		return setuid(0) == 0;
	case DO_PTRACE:
		return kill(getppid(), 0) == 0;
	case DO_EXEC:
		execve("/bin/true", none, none);
		return 0;
	case DO_FORK:
		return fork() >= 0;
	}
	return 0;
}

static int confined(enum privsep_role as, enum attempt what)
{
	int status;
	pid_t pid;

	role = as;
	attempt = what;
	pid = privsep_fork("confined", NULL, 0, confined_main, NULL);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_confined(void **state)
{
	static const enum attempt forbidden[] = { DO_OPEN,   DO_SOCKET, DO_SETUID,
						  DO_PTRACE, DO_EXEC,	DO_FORK };
	size_t i;
	int status;

	(void)state;
	if (geteuid()) {
		print_message("# skipped: only root can drop privileges\n");
		skip();
	}
	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		status = confined(PRIVSEP_IKE, forbidden[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
		status = confined(PRIVSEP_KEYHOLDER, forbidden[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
	assert_int_equal(confined(PRIVSEP_IKE, DO_NOTHING), 0);
	assert_int_equal(confined(PRIVSEP_IKE, DO_DATE), 0);
	assert_int_equal(confined(PRIVSEP_KEYHOLDER, DO_DATE), 0);
	assert_int_equal(confined(PRIVSEP_KEYHOLDER, DO_NOTHING), 0);
	/* The resolver may open and connect, but is nobody. */
	assert_int_equal(confined(PRIVSEP_RESOLVER, DO_SETUID), 0);
	assert_int_equal(confined(PRIVSEP_RESOLVER, DO_PTRACE), 0);
}

/* --- programs --- */

static char told[4096];

static void program_done(int status, const char *text, void *arg)
{
	size_t len = strlen(told);

	snprintf(told + len, sizeof(told) - len, "%s:%d:%s;", (const char *)arg, status, text);
}

/* A shell that runs @script, as the argument of a program that is one. */
static int shell(struct spawner *spawner, char *name, const char *script, const char *input,
		 const char *turn, uint64_t limit)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	const char *env[] = { "A=b c", "PATH=/usr/bin:/bin", NULL };
	struct spawn_job job = { .argv = argv,
				 .env = env,
				 .input = input,
				 .turn = turn,
				 .limit = limit,
				 .done = program_done,
				 .arg = name };

	return spawn(spawner, &job);
}

static void test_programs(void **state)
{
	struct loop *loop = loop_new();
	struct spawner *spawner = spawner_new(loop);
	const char *argv[] = { "/nonexistent/hook", NULL }, *env[] = { NULL };
	struct spawn_job job = { .argv = argv, .env = env, .done = program_done };
	const int leak = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	char x[] = "x";

	job.arg = x;
	told[0] = '\0';
	/* Standard error comes back, its first line; input and environment are as given. */
	shell(spawner, (char[]){ "in" }, "read l; echo \"$l $A\" >&2; echo more >&2; exit 3",
	      "line\n", NULL, 0);
	shell(spawner, (char[]){ "env" }, "env | grep -cv -e ^A= -e ^PATH= -e ^PWD= >&2", NULL, "t",
	      0);
	/* Nothing of ours is open in it but the three that it gets. */
	shell(spawner, (char[]){ "fds" },
	      "for f in /proc/self/fd/*; do case $f in */[0-2]) ;; *) "
	      "[ -e $f ] && readlink $f >&2 ;; esac; done; exit 0",
	      NULL, "t", 0);
	shell(spawner, (char[]){ "kill" }, "exec sleep 60", NULL, "t", 20);
	assert_int_equal(spawn(spawner, &job), 0);
	while (strlen(told) < 20 || !strstr(told, "kill:"))
		loop_run_once(loop, 1000);
	assert_non_null(strstr(told, "in:3:line b c;"));
	assert_non_null(strstr(told, "env:1:0;fds:0:;kill:137:;"));
	assert_non_null(strstr(told, "x:-1:/nonexistent/hook cannot be run: No such file"));

	/* At the end, what waits is run; nobody serves the loop any more. */
	told[0] = '\0';
	loop_stop(loop, 0);
	shell(spawner, (char[]){ "1" }, "exit 0", NULL, "t", 0);
	shell(spawner, (char[]){ "2" }, "exit 1", NULL, "t", 0);
	spawn_finish(spawner);
	assert_string_equal(told, "1:0:;2:1:;");
	spawner_free(spawner);
	loop_free(loop);
	close(leak);
}

/* What an identity of a peer's could try in the journal. */
static void test_journal(void **state)
{
	char out[512];
	size_t len;

	(void)state;
	len = log_journal_fields(4, "event=step tunnel=a-b peer-id=\"x \\\"y=z\" word text=\"", out,
				 sizeof(out));
	out[len] = '\0';
	assert_string_equal(out,
			    "MESSAGE=event=step tunnel=a-b peer-id=\"x \\\"y=z\" word text=\"\n"
			    "PRIORITY=4\nSYSLOG_IDENTIFIER=ipsecvifd\nIPSECVIF_EVENT=step\n"
			    "IPSECVIF_TUNNEL=a-b\nIPSECVIF_PEER_ID=x \"y=z\nIPSECVIF_TEXT=\n");
	for (len = 0; len < 120; len++)
		assert_true(log_journal_fields(4, "event=step tunnel=abc", out, len) <= len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers),	 cmocka_unit_test(test_many_timers),
		cmocka_unit_test(test_channel),	 cmocka_unit_test(test_channel_malformed),
		cmocka_unit_test(test_log),	 cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_confined), cmocka_unit_test(test_programs),
		cmocka_unit_test(test_journal),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
