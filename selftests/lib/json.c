// SPDX-License-Identifier: MIT
/*
 * What the test scripts ask of JSON on standard input. In C, since an interpreter takes
 * a second to start on an emulated CPU, and some of these are asked a hundred times.
 *
 *  json get PATH               the value there, PATH being keys and indices between
 *                              dots: ike.role, children.0.state. The outermost array
 *                              stands for its first element, and so does "tunnels".
 *  json find KEY VALUE PATH    the same, of the first element that has it so
 *  json list PATH              the same of every element, a line each
 *  json count                  how many elements
 *  json sum KEY                of a number in all elements
 *  json drops [BEFORE]         `ipsecvif -j drops`: "REASON COUNT ..." of what is not
 *                              zero, sorted; with the file BEFORE: what came on top
 *  json why                    the same in words
 *
 * Of what is not there an empty line is printed.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	REASONS_MAX = 128,
};

struct reason {
	const char *name, *meaning;
	int64_t count;
};

static void die(const char *what)
{
	fprintf(stderr, "json: %s\n", what);
	exit(2);
}

static struct json_object *read_all(FILE *in)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *object = NULL;
	char buf[65536];
	size_t n;

	while (!object && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		object = json_tokener_parse_ex(tok, buf, (int)n);
	json_tokener_free(tok);
	if (!object)
		die("no JSON");
	return object;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;
	char *end;
	size_t i;

	if (json_object_is_type(object, json_type_object)) {
		json_object_object_get_ex(object, key, &value);
	} else if (json_object_is_type(object, json_type_array)) {
		i = strtoul(key, &end, 10);
		if (*key && !*end)
			value = json_object_array_get_idx(object, i);
	}
	return value;
}

static void get(struct json_object *object, char *path)
{
	char *key;

	while (object && (key = strsep(&path, ".")))
		object = member(object, key);
	if (object)
		puts(json_object_is_type(object, json_type_string) ?
			     json_object_get_string(object) :
			     json_object_to_json_string_ext(
				     object,
				     JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		puts("");
}

/* The element that a script means when it says no more. */
static struct json_object *first(struct json_object *object)
{
	struct json_object *tunnels = member(object, "tunnels");

	if (tunnels)
		object = tunnels;
	return json_object_is_type(object, json_type_array) ? member(object, "0") : object;
}

static struct json_object *find(struct json_object *array, const char *key, const char *value)
{
	struct json_object *object;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		object = json_object_array_get_idx(array, i);
		if (member(object, key) &&
		    !strcmp(json_object_get_string(member(object, key)), value))
			return object;
	}
	return NULL;
}

static void list(struct json_object *array, const char *path)
{
	char copy[256];
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		snprintf(copy, sizeof(copy), "%s", path);
		get(json_object_array_get_idx(array, i), copy);
	}
}

static int64_t sum(struct json_object *array, const char *key)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++)
		total += json_object_get_int64(member(json_object_array_get_idx(array, i), key));
	return total;
}

static void reason_count(struct reason *reasons, struct json_object *drop, int sign)
{
	struct json_object *name = member(drop, "reason"), *count = member(drop, "count");
	struct reason *r = reasons;

	if (!json_object_is_type(name, json_type_string) ||
	    !json_object_is_type(count, json_type_int))
		die("a drop without reason and count");
	while (r->name && strcmp(r->name, json_object_get_string(name)) != 0)
		r++;
	if (r == reasons + REASONS_MAX - 1)
		die("too many reasons");
	r->name = json_object_get_string(name);
	r->meaning = json_object_get_string(member(drop, "meaning"));
	r->count += sign * json_object_get_int64(count);
}

/* Of several devices, and of packets without one, the sum. */
static void drops_count(struct reason *reasons, struct json_object *devices, int sign)
{
	struct json_object *drops;
	size_t i, j;

	if (!json_object_is_type(devices, json_type_array))
		die("no array of devices");
	for (i = 0; i < json_object_array_length(devices); i++) {
		drops = member(json_object_array_get_idx(devices, i), "drops");
		if (!json_object_is_type(drops, json_type_array))
			die("a device without drops");
		for (j = 0; j < json_object_array_length(drops); j++)
			reason_count(reasons, json_object_array_get_idx(drops, j), sign);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct reason *)a)->name, ((const struct reason *)b)->name);
}

static void drops(struct json_object *after, const char *before, int words)
{
	static struct reason reasons[REASONS_MAX];
	const char *between = "";
	size_t n = 0, i;
	FILE *in;

	drops_count(reasons, after, 1);
	if (before) {
		in = fopen(before, "r");
		if (!in)
			die(strerror(errno));
		drops_count(reasons, read_all(in), -1);
		fclose(in);
	}
	while (reasons[n].name)
		n++;
	qsort(reasons, n, sizeof(reasons[0]), by_name);
	for (i = 0; i < n; i++) {
		if (!reasons[i].count)
			continue;
		if (words)
			printf("%s%lld %s (%s)", between, (long long)reasons[i].count,
			       reasons[i].name, reasons[i].meaning ? reasons[i].meaning : "?");
		else
			printf("%s%s %lld", between, reasons[i].name, (long long)reasons[i].count);
		between = words ? "; " : " ";
	}
	puts("");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct json_object *object = read_all(stdin);

	if (!strcmp(what, "get") && argc == 3)
		get(first(object), argv[2]);
	else if (!strcmp(what, "drops") && argc <= 3)
		drops(object, argv[2], 0);
	else if (!strcmp(what, "why") && argc == 2)
		drops(object, NULL, 1);
	else if (!json_object_is_type(object, json_type_array))
		die("no array");
	else if (!strcmp(what, "find") && argc == 5)
		get(find(object, argv[2], argv[3]), argv[4]);
	else if (!strcmp(what, "list") && argc == 3)
		list(object, argv[2]);
	else if (!strcmp(what, "count") && argc == 2)
		printf("%zu\n", json_object_array_length(object));
	else if (!strcmp(what, "sum") && argc == 3)
		printf("%lld\n", (long long)sum(object, argv[2]));
	else
		die("see the head of json.c");
	json_object_put(object);
	return 0;
}
