/* SPDX-License-Identifier: MIT */
/*
 * ipsecvif, the command: what its files share.
 */
#ifndef IPSECVIF_CTL_H
#define IPSECVIF_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "tools/lib/ipsecvif.h"

#ifndef IPSECVIF_VERSION
#define IPSECVIF_VERSION "0.1"
#endif

#define CONTROL_SOCKET "/run/ipsecvif/control"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/**
 * enum ctl_exit - exit codes, iproute2's
 * @CTL_OK: done.
 * @CTL_USAGE: the command line is wrong; nothing was tried.
 * @CTL_FAILED: the kernel or the daemon refused.
 */
enum ctl_exit {
	CTL_OK = 0,
	CTL_USAGE = 1,
	CTL_FAILED = 2,
};

/**
 * struct ctl - one run of the command
 * @json: -j: print JSON.
 * @pretty: -p: JSON with line breaks.
 * @stats: -s: counters and limits as well.
 * @details: -d: what is seldom wanted as well.
 * @timestamp: -t: monitor says when.
 * @force: -force: a batch goes on after an error.
 * @help: -h was given.
 * @version: -V was given.
 * @netns: -n: network namespace, or NULL.
 * @socket: -S: the daemon's control socket.
 * @batch: -b: file of commands, or NULL.
 * @out: standard output.
 * @err: standard error.
 * @file: the batch file being read, or NULL.
 * @line: its line.
 * @client: connection to the module, opened when first needed.
 */
struct ctl {
	bool json;
	bool pretty;
	bool stats;
	bool details;
	bool timestamp;
	bool force;
	bool help;
	bool version;
	const char *netns;
	const char *socket;
	const char *batch;
	FILE *out;
	FILE *err;
	const char *file;
	unsigned int line;
	struct ipsecvif_client *client;
};

/* --- run.c --- */

/**
 * ctl_main - the command
 * @ctl: cleared but for @out and @err.
 * @argc: number of words.
 * @argv: the words, the program's name first. Keys among them are wiped.
 *
 * Return: the exit code.
 */
int ctl_main(struct ctl *ctl, int argc, char **argv);

/**
 * ctl_run - run OBJECT VERB ...
 * @ctl: the run.
 * @argc: number of words.
 * @argv: the words, the object first.
 *
 * Return: an enum ctl_exit.
 */
int ctl_run(struct ctl *ctl, int argc, char **argv);

/**
 * ctl_option - take one option
 * @ctl: where to note it.
 * @argc: words left, the option included.
 * @argv: the words left.
 * @flags_only: only those without a value, that may stand behind the object.
 *
 * Return: the number of words taken; 0 if the first is no option; negative
 * after printing why it is a wrong one.
 */
int ctl_option(struct ctl *ctl, int argc, char **argv, bool flags_only);

/**
 * ctl_fail - print why the command failed
 * @ctl: the run.
 * @code: an enum ctl_exit.
 * @format: the sentence, printf()-style, without a full stop.
 *
 * Return: @code.
 */
int ctl_fail(struct ctl *ctl, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * ctl_note - print what the user should know, though the command goes on
 * @ctl: the run.
 * @format: the sentence, printf()-style, without a full stop.
 */
void ctl_note(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * ctl_connect - connect to the module unless done
 * @ctl: the run.
 *
 * Return: CTL_OK, or CTL_FAILED after printing why.
 */
int ctl_connect(struct ctl *ctl);

/**
 * ctl_kernel - turn the result of a library call into an exit code
 * @ctl: the run.
 * @err: the library's result.
 *
 * Return: CTL_OK, or CTL_FAILED after printing the kernel's sentence.
 */
int ctl_kernel(struct ctl *ctl, int err);

/**
 * ctl_print_json - print a JSON value on its own line
 * @ctl: the run; @pretty decides on line breaks.
 * @value: printed and freed.
 */
void ctl_print_json(struct ctl *ctl, struct json_object *value);

/**
 * ctl_show_begin - connect, for a command that shows several things
 * @ctl: the run.
 * @array: receives an array to put them into if JSON is wanted, else NULL.
 *
 * Return: CTL_OK or another code.
 */
int ctl_show_begin(struct ctl *ctl, struct json_object **array);

/**
 * ctl_show_end - print that array, unless the command failed
 * @ctl: the run.
 * @array: of ctl_show_begin(); freed.
 * @ret: the command's code.
 *
 * Return: @ret.
 */
int ctl_show_end(struct ctl *ctl, struct json_object *array, int ret);

/* --- batch.c --- */

/**
 * ctl_batch - run the commands of a file, one a line
 * @ctl: the run; stops at the first error unless @force.
 * @path: the file, "-" for standard input.
 *
 * Return: CTL_OK, or the code of the first command that failed.
 */
int ctl_batch(struct ctl *ctl, const char *path);

/**
 * batch_split - split a line into words, in place
 * @line: the line; quotes '...', "..." and \ are taken off, a # where a word
 *	could begin starts a comment.
 * @argv: receives the words.
 * @max: room in @argv.
 * @error: receives why the line is wrong.
 *
 * Return: the number of words, or -1 with @error set.
 */
int batch_split(char *line, char **argv, int max, const char **error);

/* --- netns.c --- */

/**
 * netns_enter - move to another network namespace
 * @ctl: the run.
 * @name: a name of `ip netns`, a path, or a process id.
 *
 * Return: CTL_OK, or an exit code after printing why.
 */
int netns_enter(struct ctl *ctl, const char *name);

/* --- the objects --- */

struct args;

int dev_command(struct ctl *ctl, struct args *args);
int sa_command(struct ctl *ctl, struct args *args);
int selector_command(struct ctl *ctl, struct args *args);
int drops_command(struct ctl *ctl, struct args *args);
int monitor_command(struct ctl *ctl, struct args *args);
int tunnel_command(struct ctl *ctl, struct args *args);
int reload_command(struct ctl *ctl, struct args *args);
int check_command(struct ctl *ctl, struct args *args);
int caps_command(struct ctl *ctl, struct args *args);
int metrics_command(struct ctl *ctl, struct args *args);
int psk_command(struct ctl *ctl, struct args *args);

/* --- help.c --- */

/**
 * help_print - print how an object is used
 * @ctl: the run.
 * @object: its full name, or NULL: the command itself.
 *
 * Return: CTL_OK.
 */
int help_print(struct ctl *ctl, const char *object);

#endif /* IPSECVIF_CTL_H */
