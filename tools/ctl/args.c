// SPDX-License-Identifier: MIT
/*
 * Words of the command line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/args.h"

/* Longer words are not corrected. */
#define WORD_MAX 24

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: insertions, deletions, changes, neighbours swapped. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b), i, j;

	if (n > WORD_MAX || m > WORD_MAX)
		return UINT32_MAX;
	for (i = 0; i <= n; i++)
		d[i][0] = (unsigned int)i;
	for (j = 0; j <= m; j++)
		d[0][j] = (unsigned int)j;
	for (i = 1; i <= n; i++) {
		for (j = 1; j <= m; j++) {
			unsigned int change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[n][m];
}

const char *word_nearest(const char *text, const char *const *words, size_t n)
{
	unsigned int best = strlen(text) > 4 ? 3 : 2;
	const char *nearest = NULL;
	size_t i;

	if (strlen(text) < 2)
		return NULL;
	for (i = 0; i < n; i++) {
		unsigned int distance = edit_distance(text, words[i]);

		/* A word of two letters is near to any other. */
		if (distance < best && distance < strlen(words[i])) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}

const char *word_shown(const char *text)
{
	return strlen(text) > 18 && !strncasecmp(text, "0x", 2) ? "0x..." : text;
}

/* Print that @text is none of @words. */
static int word_unknown(struct ctl *ctl, const struct word *words, const char *what,
			const char *text)
{
	const char *texts[32] = { NULL }, *nearest;
	char list[256] = "";
	size_t n;

	for (n = 0; words[n].text && n < ARRAY_SIZE(texts); n++)
		texts[n] = words[n].text;
	nearest = word_nearest(text, texts, n);
	if (nearest) {
		ctl_fail(ctl, CTL_USAGE, "unknown %s \"%s\": did you mean \"%s\"?", what, text,
			 nearest);
		return -1;
	}
	for (n = 0; words[n].text; n++) {
		size_t used = strlen(list);

		/* Synonyms follow the word that is shown. */
		if (n && words[n].id == words[n - 1].id)
			continue;
		snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", words[n].text);
	}
	ctl_fail(ctl, CTL_USAGE, "unknown %s \"%s\": there are %s", what, word_shown(text), list);
	return -1;
}

int word_find(struct ctl *ctl, const struct word *words, const char *what, const char *text)
{
	const struct word *found = NULL;
	size_t len = strlen(text), i;

	for (i = 0; words[i].text; i++)
		if (!strcmp(words[i].text, text))
			return words[i].id;
	for (i = 0; len && words[i].text; i++) {
		if (words[i].full || strncmp(words[i].text, text, len) != 0)
			continue;
		if (found && found->id != words[i].id) {
			ctl_fail(ctl, CTL_USAGE, "ambiguous %s \"%s\": \"%s\" or \"%s\"?", what,
				 text, found->text, words[i].text);
			return -1;
		}
		if (!found)
			found = &words[i];
	}
	return found ? found->id : word_unknown(ctl, words, what, text);
}

char *args_word(struct ctl *ctl, struct args *args)
{
	while (args->argc > 0) {
		int taken = ctl_option(ctl, args->argc, args->argv, true);

		if (taken <= 0)
			break;
		args->argc -= taken;
		args->argv += taken;
	}
	if (!args->argc)
		return NULL;
	args->argc--;
	return *args->argv++;
}

int args_value(struct ctl *ctl, struct args *args, const char *word, char **value)
{
	*value = NULL;
	if (!args->argc) {
		ctl_fail(ctl, CTL_USAGE, "\"%s\" needs a value", word);
		return CTL_USAGE;
	}
	args->argc--;
	*value = *args->argv++;
	return CTL_OK;
}

int args_end(struct ctl *ctl, struct args *args)
{
	const char *word = args_word(ctl, args);

	if (word)
		return ctl_fail(ctl, CTL_USAGE, "unexpected word \"%s\"", word_shown(word));
	return CTL_OK;
}

bool args_help(const struct args *args)
{
	return args->argc && (!strcmp(args->argv[0], "help") || !strcmp(args->argv[0], "-h") ||
			      !strcmp(args->argv[0], "-help") || !strcmp(args->argv[0], "--help"));
}

static int param_unknown(struct ctl *ctl, const char *word, const struct param *params, size_t n)
{
	const char *names[64] = { NULL }, *nearest, *shown = word_shown(word);
	char list[512] = "";
	size_t i;

	for (i = 0; i < n && i < ARRAY_SIZE(names); i++)
		names[i] = params[i].name;
	nearest = word_nearest(word, names, i);
	if (nearest)
		return ctl_fail(ctl, CTL_USAGE, "unknown word \"%s\": did you mean \"%s\"?", word,
				nearest);
	for (i = 0; i < n && i < 8; i++) {
		size_t used = strlen(list);

		snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
			 params[i].name);
	}
	if (!n)
		return ctl_fail(ctl, CTL_USAGE, "unexpected word \"%s\"", shown);
	return ctl_fail(ctl, CTL_USAGE, "unknown word \"%s\": there are %s%s", shown, list,
			n > 8 ? ", ... (see help)" : "");
}

int params_parse(struct ctl *ctl, struct args *args, const struct param *params, size_t n,
		 void *state)
{
	uint64_t seen = 0;
	const char *word;

	while ((word = args_word(ctl, args))) {
		size_t i;
		int ret;

		/* A call of strcmp() for each would be a tenth of a batch's work. */
		for (i = 0; i < n; i++)
			if (params[i].name[0] == word[0] && !strcmp(params[i].name, word))
				break;
		if (i == n)
			return param_unknown(ctl, word, params, n);
		if (seen & (UINT64_C(1) << i) && !params[i].repeats)
			return ctl_fail(ctl, CTL_USAGE, "\"%s\" is given twice", word);
		seen |= UINT64_C(1) << i;
		ret = params[i].parse(ctl, args, params[i].name, state);
		if (ret)
			return ret;
	}
	return CTL_OK;
}

bool number_read(const char *text, uint64_t *value, const char **end)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *stop;

	*value = 0;
	*end = text;
	if (hex ? !isxdigit((unsigned char)*digits) : !isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	/* Not base 0: a leading zero is no octal number to anyone but C. */
	*value = strtoull(digits, &stop, hex ? 16 : 10);
	*end = stop;
	return !errno;
}

int parse_number(struct ctl *ctl, struct args *args, const char *word, uint64_t min, uint64_t max,
		 uint64_t *value)
{
	const char *end;
	char *text;
	int ret = args_value(ctl, args, word, &text);

	if (ret)
		return ret;
	if (!number_read(text, value, &end) || *end)
		return ctl_fail(ctl, CTL_USAGE, "\"%s\" needs a number, and \"%s\" is none", word,
				word_shown(text));
	if (*value < min || *value > max)
		return ctl_fail(ctl, CTL_USAGE, "\"%s %s\" is out of range: %llu to %llu", word,
				text, (unsigned long long)min, (unsigned long long)max);
	return CTL_OK;
}

/* A unit and what it multiplies by. */
struct unit {
	const char *text;
	uint64_t factor;
};

static int parse_units(struct ctl *ctl, struct args *args, const char *word,
		       const struct unit *units, size_t n, const char *like, uint64_t *value)
{
	uint64_t number;
	const char *end;
	char *text;
	int ret = args_value(ctl, args, word, &text);
	size_t i;

	if (ret)
		return ret;
	if (!strcmp(text, "INF")) {
		*value = 0;
		return CTL_OK;
	}
	if (!number_read(text, &number, &end))
		return ctl_fail(ctl, CTL_USAGE, "\"%s\" needs %s, and \"%s\" is none", word, like,
				word_shown(text));
	for (i = 0; i < n && strcasecmp(end, units[i].text) != 0; i++)
		;
	if (i == n)
		return ctl_fail(ctl, CTL_USAGE, "\"%s\" needs %s: unknown unit \"%s\"", word, like,
				end);
	if (__builtin_mul_overflow(number, units[i].factor, value))
		return ctl_fail(ctl, CTL_USAGE, "\"%s %s\" is too large", word, text);
	return CTL_OK;
}

int parse_seconds(struct ctl *ctl, struct args *args, const char *word, uint64_t *value)
{
	static const struct unit units[] = {
		{ "", 1 },	  { "s", 1 },	  { "m", 60 },
		{ "h", 60 * 60 }, { "d", 86400 }, { "w", 7 * 86400 },
	};

	return parse_units(ctl, args, word, units, ARRAY_SIZE(units),
			   "a duration such as 90s or 1h", value);
}

int parse_size(struct ctl *ctl, struct args *args, const char *word, uint64_t *value)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "k", 1000 },
		{ "M", 1000 * 1000 },
		{ "G", 1000 * 1000 * 1000 },
		{ "T", UINT64_C(1000) * 1000 * 1000 * 1000 },
		{ "Ki", 1024 },
		{ "Mi", 1024 * 1024 },
		{ "Gi", 1024 * 1024 * 1024 },
		{ "Ti", UINT64_C(1024) * 1024 * 1024 * 1024 },
	};

	return parse_units(ctl, args, word, units, ARRAY_SIZE(units), "a size such as 500M or 2Gi",
			   value);
}

int parse_addr_value(struct ctl *ctl, struct args *args, const char *word,
		     struct ipsecvif_addr *addr)
{
	char *text;
	int ret = args_value(ctl, args, word, &text);

	if (ret)
		return ret;
	memset(addr, 0, sizeof(*addr));
	if (!strcmp(text, "any") || !strcmp(text, "0.0.0.0") || !strcmp(text, "::"))
		return CTL_OK;
	if (!ipsecvif_addr_parse(text, addr))
		return CTL_OK;
	if (strchr(text, '/'))
		return ctl_fail(ctl, CTL_USAGE,
				"\"%s %s\" must be one address, without a prefix length", word,
				text);
	return ctl_fail(ctl, CTL_USAGE, "\"%s\" needs an IPv4 or IPv6 address, and \"%s\" is none",
			word, word_shown(text));
}

int parse_choice(struct ctl *ctl, struct args *args, const char *word, const char *const *choices,
		 size_t n, unsigned int *value)
{
	struct word words[9] = { WORDS_END };
	char *text;
	int ret = args_value(ctl, args, word, &text), id;
	size_t i;

	*value = 0;
	if (ret)
		return ret;
	for (i = 0; i < n && i < ARRAY_SIZE(words) - 1; i++)
		words[i] = (struct word){ choices[i], (int)i, true };
	id = word_find(ctl, words, word, text);
	if (id < 0)
		return CTL_USAGE;
	*value = (unsigned int)id;
	return CTL_OK;
}

int dev_find(struct ctl *ctl, const char *name, unsigned int *ifindex)
{
	*ifindex = if_nametoindex(name);
	if (!*ifindex)
		return ctl_fail(
			ctl, CTL_FAILED,
			"no such device \"%s\": create it with ip link add %s type ipsecvif", name,
			name);
	return CTL_OK;
}

int parse_dev_value(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	char *value;
	int ret = args_value(ctl, args, name, &value);

	return ret ? ret : dev_find(ctl, value, state);
}
