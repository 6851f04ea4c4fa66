// SPDX-License-Identifier: MIT
/*
 * Tunnel objects of the control protocol as text. Names and identities may be
 * the peer's, so every string goes through print_clean().
 */
#include <string.h>

#include "tools/ctl/control.h"
#include "tools/ctl/output.h"
#include "tools/ctl/tunnel.h"

/* Print @before and a string member, if it is there. */
static void member_text(FILE *out, const char *before, struct json_object *object, const char *name)
{
	const char *text = json_text(object, name);

	if (!text)
		return;
	fputs(before, out);
	print_clean(out, text);
}

/* Print @before and a number of seconds as a duration, if it is there. */
static void seconds_text(FILE *out, const char *before, struct json_object *object,
			 const char *name)
{
	struct json_object *member = json_member(object, name, json_type_double);
	char text[DURATION_STRLEN];
	double seconds;

	if (!member)
		return;
	seconds = json_object_get_double(member);
	if (seconds < 0)
		seconds = 0;
	fprintf(out, "%s%s", before, duration_format((uint64_t)seconds, text));
}

static void number_text(FILE *out, const char *before, struct json_object *object, const char *name)
{
	struct json_object *member = json_member(object, name, json_type_int);

	if (member)
		fprintf(out, "%s%llu", before, (unsigned long long)json_object_get_uint64(member));
}

static bool flag_is_set(struct json_object *object, const char *name)
{
	struct json_object *member = json_member(object, name, json_type_boolean);

	return member && json_object_get_boolean(member);
}

/* Print an array of strings, separated by commas. */
static void strings_text(FILE *out, const char *before, struct json_object *object,
			 const char *name)
{
	struct json_object *array = json_member(object, name, json_type_array);
	size_t i, n = array ? json_object_array_length(array) : 0;

	for (i = 0; i < n; i++) {
		fputs(i ? "," : before, out);
		print_clean(out, json_object_get_string(json_object_array_get_idx(array, i)));
	}
}

static void error_text(FILE *out, const char *indent, struct json_object *object)
{
	struct json_object *error = json_member(object, "last_error", json_type_object);

	if (!error)
		return;
	fprintf(out, "%slast error", indent);
	member_text(out, " ", error, "time");
	member_text(out, ": ", error, "sentence");
	member_text(out, ": ", error, "hint");
	fputc('\n', out);
}

/* "203.0.113.10:4500 gw@example.com" */
static void end_text(FILE *out, const char *before, struct json_object *end)
{
	const char *address = json_text(end, "address");

	if (!end)
		return;
	fputs(before, out);
	if (address && strchr(address, ':'))
		fprintf(out, "[%s]", address);
	else
		print_clean(out, address ? address : "?");
	number_text(out, ":", end, "port");
	member_text(out, " ", end, "id");
}

static void nat_text(FILE *out, struct json_object *nat)
{
	if (!nat)
		return;
	if (flag_is_set(nat, "local"))
		fputs(" nat local", out);
	if (flag_is_set(nat, "remote"))
		fputs(" nat remote", out);
	if (flag_is_set(nat, "encap"))
		fputs(" encap espinudp", out);
}

static void ike_text(struct ctl *ctl, struct json_object *ike)
{
	struct json_object *exchange = json_member(ike, "exchange", json_type_object);
	FILE *out = ctl->out;

	if (!ike)
		return;
	number_text(out, "\tike v", ike, "version");
	member_text(out, " ", ike, "role");
	member_text(out, " ", ike, "proposal");
	seconds_text(out, " established ", ike, "established");
	seconds_text(out, " rekey in ", ike, "rekey_in");
	seconds_text(out, " reauth in ", ike, "reauth_in");
	nat_text(out, json_member(ike, "nat", json_type_object));
	fputc('\n', out);
	end_text(out, "\t    local ", json_member(ike, "local", json_type_object));
	end_text(out, " remote ", json_member(ike, "remote", json_type_object));
	fputc('\n', out);
	if (json_member(ike, "addresses", json_type_array)) {
		strings_text(out, "\t    address ", ike, "addresses");
		strings_text(out, " dns ", ike, "dns");
		strings_text(out, " nbns ", ike, "nbns");
		fputc('\n', out);
	}
	if (ctl->details) {
		member_text(out, "\t    spi local ", ike, "spi_local");
		member_text(out, " remote ", ike, "spi_remote");
		seconds_text(out, " last heard ", json_member(ike, "dpd", json_type_object),
			     "last_heard");
		fputc('\n', out);
	}
	if (exchange) {
		member_text(out, "\t    waits for the answer to ", exchange, "name");
		number_text(out, " sent ", exchange, "sent");
		seconds_text(out, " times, again in ", exchange, "next_in");
		fputc('\n', out);
	}
}

static void counters_text(FILE *out, struct json_object *child)
{
	if (!json_member(child, "bytes_in", json_type_int))
		return;
	number_text(out, "\t    in ", child, "bytes_in");
	number_text(out, "(bytes), ", child, "packets_in");
	number_text(out, "(packets) out ", child, "bytes_out");
	number_text(out, "(bytes), ", child, "packets_out");
	fputs("(packets)\n", out);
}

static void child_text(struct ctl *ctl, struct json_object *child)
{
	bool negotiated = json_member(child, "ts_local", json_type_array);
	FILE *out = ctl->out;

	member_text(out, "\tchild ", child, "name");
	member_text(out, " ", child, "state");
	seconds_text(out, " ", child, "since");
	member_text(out, " ", child, "protocol");
	member_text(out, " ", child, "proposal");
	member_text(out, " compress ", child, "compression");
	member_text(out, " spi in ", child, "spi_in");
	member_text(out, " out ", child, "spi_out");
	seconds_text(out, " rekey in ", child, "rekey_in");
	fputc('\n', out);
	strings_text(out, "\t    src ", child, negotiated ? "ts_local" : "wanted_local");
	strings_text(out, " dst ", child, negotiated ? "ts_remote" : "wanted_remote");
	number_text(out, " metric ", child, "metric");
	fputc('\n', out);
	counters_text(out, child);
	error_text(out, "\t    ", child);
}

/* Each IKE SA with its children, when there are several. Return: were there? */
static bool peers_text(struct ctl *ctl, struct json_object *tunnel)
{
	struct json_object *peers = json_member(tunnel, "peers", json_type_array), *children;
	size_t i, j, n = peers ? json_object_array_length(peers) : 0;

	for (i = 0; i < n; i++) {
		struct json_object *peer = json_object_array_get_idx(peers, i);

		ike_text(ctl, peer);
		children = json_member(peer, "children", json_type_array);
		for (j = 0; children && j < json_object_array_length(children); j++)
			child_text(ctl, json_object_array_get_idx(children, j));
	}
	return n;
}

void tunnel_text(struct ctl *ctl, struct json_object *tunnel)
{
	struct json_object *children = json_member(tunnel, "children", json_type_array);
	struct json_object *retry = json_member(tunnel, "retry", json_type_object);
	size_t i, n = children ? json_object_array_length(children) : 0;
	FILE *out = ctl->out;

	member_text(out, "", tunnel, "name");
	member_text(out, ": ", tunnel, "state");
	seconds_text(out, " ", tunnel, "since");
	member_text(out, " dev ", tunnel, "interface");
	member_text(out, " start ", tunnel, "start");
	if (!json_member(tunnel, "ike", json_type_object)) {
		member_text(out, " local ", tunnel, "local");
		strings_text(out, " remote ", tunnel, "remote");
	}
	number_text(out, " peers ", tunnel, "peers_up");
	if (ctl->details)
		member_text(out, " config ", tunnel, "config");
	fputc('\n', out);
	if (!peers_text(ctl, tunnel)) {
		ike_text(ctl, json_member(tunnel, "ike", json_type_object));
		for (i = 0; i < n; i++)
			child_text(ctl, json_object_array_get_idx(children, i));
	}
	error_text(out, "\t", tunnel);
	if (retry) {
		number_text(out, "\tretry ", retry, "count");
		seconds_text(out, " in ", retry, "next_in");
		fputc('\n', out);
	}
}

void tunnel_line(struct ctl *ctl, struct json_object *tunnel)
{
	struct json_object *children = json_member(tunnel, "children", json_type_array);
	size_t i, n = children ? json_object_array_length(children) : 0;
	FILE *out = ctl->out;

	member_text(out, "", tunnel, "name");
	member_text(out, ": ", tunnel, "state");
	seconds_text(out, " ", tunnel, "since");
	member_text(out, " dev ", tunnel, "interface");
	strings_text(out, " remote ", tunnel, "remote");
	number_text(out, " peers ", tunnel, "peers_up");
	for (i = 0; i < n; i++) {
		struct json_object *child = json_object_array_get_idx(children, i);

		member_text(out, i ? ", " : " child ", child, "name");
		member_text(out, " ", child, "state");
	}
	member_text(out, ": ", json_member(tunnel, "last_error", json_type_object), "sentence");
	fputc('\n', out);
}
