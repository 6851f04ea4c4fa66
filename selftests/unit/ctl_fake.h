/* SPDX-License-Identifier: MIT */
/*
 * A kernel that isn't there: stands in for the library's client.c, keeps the
 * requests, and answers what a test puts down. Everything else of library and
 * command is the real thing, down to the bytes of the attributes.
 */
#ifndef CTL_FAKE_H
#define CTL_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/ctl/args.h"
#include "tools/lib/internal.h"

#define FAKE_REQUESTS 8
#define FAKE_REPLIES 8

/**
 * struct fake_reply - one message of an answer
 * @cmd: to which request it belongs.
 * @msg: the message's attributes.
 */
struct fake_reply {
	uint8_t cmd;
	struct nl_msg *msg;
};

/**
 * struct fake - the kernel that isn't there
 * @open_error: what ipsecvif_client_open() returns.
 * @error: what a request returns, with
 * @error_text: its sentence.
 * @error_cmd: the only request that fails; 0: all.
 * @interrupts: how many dumps are interrupted before one is not.
 * @cmds: the requests that came.
 * @requests: their attributes.
 * @request_lens: bytes of them.
 * @n_requests: their number.
 * @replies: what to answer.
 * @n_replies: their number.
 */
struct fake {
	int open_error;
	int error;
	const char *error_text;
	uint8_t error_cmd;
	int interrupts;
	uint8_t cmds[FAKE_REQUESTS];
	char requests[FAKE_REQUESTS][1 << 16];
	int request_lens[FAKE_REQUESTS];
	size_t n_requests;
	struct fake_reply replies[FAKE_REPLIES];
	size_t n_replies;
};

extern struct fake fake;

/* Forget requests, replies and errors. */
void fake_reset(void);

/* Begin a reply to @cmd: put attributes into what it returns. */
struct nl_msg *fake_reply(uint8_t cmd);

/* The top-level attribute of the request number @i; NULL if it has none. */
struct nlattr *fake_attr(size_t i, int type);

/* The last request of @cmd; fails the test if none came. */
size_t fake_request(uint8_t cmd);

/* --- the command --- */

extern char *ctl_out;
extern char *ctl_err;

/**
 * ctl_line - run a line of the command as a shell would
 * @line: its words, without "ipsecvif".
 *
 * Return: the exit code; what was printed is in ctl_out and ctl_err.
 */
int ctl_line(const char *line);

/* Run @line, and expect @code and @text in what was printed to stderr. */
void ctl_expect(const char *line, int code, const char *text);

int ctl_teardown(void **state);

#define assert_contains(text, part)                                      \
	do {                                                             \
		if (!strstr(text, part))                                 \
			fail_msg("\"%s\" is not in \"%s\"", part, text); \
	} while (0)
#define assert_lacks(text, part)                                     \
	do {                                                         \
		if (strstr(text, part))                              \
			fail_msg("\"%s\" is in \"%s\"", part, text); \
	} while (0)

#endif /* CTL_FAKE_H */
