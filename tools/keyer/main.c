// SPDX-License-Identifier: MIT
/* ipsecvifd: the command line, and going to the background. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/conf/conf.h"
#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"
#include "tools/keyer/version.h"

#define DEFAULT_CONFIG "/etc/ipsecvif"
#define DEFAULT_SOCKET "/run/ipsecvif/control"

enum exit_status {
	EXIT_RIGHT = 0,
	EXIT_WRONG = 1,
	EXIT_UNREADABLE = 2,
	EXIT_USAGE = 2
};

static const char usage_text[] =
	"Usage: ipsecvifd [-f] [-d] [-c PATH] [-s SOCKET]\n"
	"       ipsecvifd --check [PATH]\n"
	"\n"
	"  -f, --foreground     stay in the foreground, log to standard error\n"
	"  -d, --debug          log more\n"
	"  -c, --config PATH    file, or directory of *.conf (" DEFAULT_CONFIG ")\n"
	"  -s, --socket SOCKET  control socket (" DEFAULT_SOCKET ")\n"
	"      --check [PATH]   check a configuration and print what is in effect\n"
	"  -V, --version        print the version\n"
	"  -h, --help           print this\n";

static void messages_print(const struct conf *conf)
{
	char text[1024];
	size_t i;

	for (i = 0; i < conf->n_messages; i++)
		fprintf(stderr, "%s\n", conf_message_print(&conf->messages[i], text, sizeof(text)));
}

static int check(const char *path)
{
	struct conf *conf = conf_load(path);
	int status = EXIT_RIGHT;

	messages_print(conf);
	if (conf->unreadable)
		status = EXIT_UNREADABLE;
	else if (conf->errors)
		status = EXIT_WRONG;
	else
		conf_print(conf, stdout);
	conf_free(conf);
	return status;
}

/* The foreground process stays until the daemon serves, and ends with what came of it. */
static int wait_ready(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1 ? 0 : 1;
}

/* Return: -1 in the daemon, else the exit status of the foreground process. */
static int go_background(struct options *options)
{
	int ready[2], null;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return 1;
	switch (fork()) {
	case -1:
		fprintf(stderr, "ipsecvifd: cannot go to the background: %s\n", strerror(errno));
		return 1;
	case 0:
		break;
	default:
		close(ready[1]);
		return wait_ready(ready[0]);
	}
	close(ready[0]);
	setsid();
	if (chdir("/") < 0)
		return 1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		close(null);
	}
	options->ready_fd = ready[1];
	return -1;
}

/* A path that still holds after chdir("/"). */
static const char *path_absolute(const char *path)
{
	char *full = realpath(path, NULL);

	return full ? full : path;
}

static int run(struct options *options)
{
	struct conf *conf;
	int status;

	if (geteuid()) {
		fprintf(stderr, "ipsecvifd: must be started as root\n");
		return 1;
	}
	options->config = path_absolute(options->config);
	if (!options->foreground && *options->socket != '/') {
		fprintf(stderr, "ipsecvifd: without -f the socket needs an absolute path\n");
		return EXIT_USAGE;
	}
	conf = conf_load(options->config);
	messages_print(conf);
	if (conf->errors) {
		fprintf(stderr, "ipsecvifd: the configuration has errors\n");
		conf_free(conf);
		return 1;
	}
	if (!options->foreground) {
		/* While somebody looks, what goes wrong at the start is said to him. */
		status = go_background(options);
		if (status >= 0) {
			if (status)
				fprintf(stderr, "ipsecvifd: not started, see the system's log\n");
			return status;
		}
	}
	log_open(options->foreground, options->debug ? LOG_DEBUG : LOG_INFO);
	return netadmin_run(options, conf);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "debug", no_argument, NULL, 'd' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "check", no_argument, NULL, 'C' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .config = DEFAULT_CONFIG,
				   .socket = DEFAULT_SOCKET,
				   .ready_fd = -1 };
	bool checking = false;
	int c;

	while ((c = getopt_long(argc, argv, "fdc:s:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			options.foreground = true;
			break;
		case 'd':
			options.debug = true;
			break;
		case 'c':
			options.config = optarg;
			break;
		case 's':
			options.socket = optarg;
			break;
		case 'C':
			checking = true;
			break;
		case 'V':
			printf("ipsecvifd %s\n", IPSECVIF_VERSION);
			return 0;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			fputs(usage_text, stderr);
			return EXIT_USAGE;
		}
	}
	if (checking && argc - optind <= 1)
		return check(optind < argc ? argv[optind] : options.config);
	if (optind < argc) {
		fprintf(stderr, "ipsecvifd: unexpected argument '%s'\n%s", argv[optind],
			usage_text);
		return EXIT_USAGE;
	}
	return run(&options);
}
