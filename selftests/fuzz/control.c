// SPDX-License-Identifier: MIT
/* The control socket: requests, in whole and in pieces, to a daemon with two tunnels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "selftests/fuzz/fuzz.h"
#include "tools/keyer/kernel/fake.h"
#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

static char dir[64];

void na_send(struct netadmin *na, enum netadmin_process process, enum message_type type,
	     const void *data, size_t len, int fd)
{
	(void)na;
	(void)process;
	(void)data;
	(void)fd;
	if (!message_length_ok(type, len))
		abort();
}

void netadmin_stop(struct netadmin *na, int result)
{
	(void)na;
	(void)result;
	abort();
}

static void clean_up(void)
{
	static const char *const files[] = { "control", "a.psk", "t.conf", "" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		remove(path);
	}
}

static void file_write(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) || chmod(path, 0600))
		abort();
}

static struct netadmin *netadmin_make(void)
{
	struct netadmin *na = calloc(1, sizeof(*na));
	struct kernel_handler handler;
	char err[256], path[128];

	strcpy(dir, "/tmp/ipsecvif-fuzz.XXXXXX");
	if (!na || !mkdtemp(dir))
		abort();
	atexit(clean_up);
	file_write("a.psk", "secret of the fuzzer\n");
	file_write("t.conf", "tunnel t {\nremote = 192.0.2.9\nlocal-id = a\nremote-id = b\n"
			     "psk-file = a.psk\nstart = respond\n"
			     "child lan {\nlocal = 10.1.0.0/16\nremote = 10.2.0.0/16\n}\n}\n");
	log_open(true, LOG_ERR - 1);
	na->options.config = strdup(dir);
	na->loop = loop_new();
	na->running = true;
	mss_init(na);
	calls_init(na);
	handler = na_kernel_handler(na);
	na->kernel = &fake_open(&handler)->k;
	na_configure(na, conf_load(na->options.config));
	snprintf(path, sizeof(path), "%s/control", dir);
	na->control = control_open(na, path, err, sizeof(err));
	if (!na->control || !na->conf->n_tunnels)
		abort();
	return na;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct netadmin *na;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char answers[4096];
	size_t half = size / 2;
	int fd, i;

	if (!na)
		na = netadmin_make();
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&sun, sizeof(sun)))
		abort();
	(void)!send(fd, data, half, MSG_NOSIGNAL | MSG_DONTWAIT);
	loop_run_once(na->loop, 0);
	loop_run_once(na->loop, 0);
	(void)!send(fd, data + half, size - half, MSG_NOSIGNAL | MSG_DONTWAIT);
	for (i = 0; i < 3; i++)
		loop_run_once(na->loop, 0);
	while (recv(fd, answers, sizeof(answers), MSG_DONTWAIT) > 0)
		loop_run_once(na->loop, 0);
	close(fd);
	loop_run_once(na->loop, 0);
	return 0;
}
