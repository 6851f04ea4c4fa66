// SPDX-License-Identifier: MIT
/* Chosen messages are lost, doubled, delayed or corrupted: for tests. */
#include "tools/keyer/impair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/header.h"
#include "tools/keyer/ike/iana.h"
#include "tools/keyer/ike/ike.h"
#include "tools/keyer/log.h"
#include "tools/keyer/loop.h"

enum {
	RULES_MAX = 16,
	EXCHANGE_AT = 18,
	FLAGS_AT = 19,
	ANY = -1
};

enum action {
	DROP,
	DOUBLE,
	DELAY,
	CORRUPT
};

struct rule {
	int out, exchange, response; /* ANY */
	enum action action;
	unsigned int delay, left;
};

/* A message that waits for its time. */
struct late {
	struct loop_timer timer;
	impair_fn *again;
	void *arg;
	struct ike_addr local, remote;
	bool natt;
	size_t len;
	uint8_t data[];
};

static struct {
	struct loop *loop;
	struct rule rules[RULES_MAX];
	unsigned int n;
} impairment;

struct word {
	const char *text;
	int value;
};

static const struct word directions[] = { { "*", ANY }, { "in", 0 }, { "out", 1 }, { NULL, 0 } };
static const struct word kinds[] = { { "*", ANY },
				     { "request", 0 },
				     { "response", 1 },
				     { NULL, 0 } };
static const struct word exchanges[] = { { "*", ANY },
					 { "IKE_SA_INIT", EXCH_IKE_SA_INIT },
					 { "IKE_AUTH", EXCH_IKE_AUTH },
					 { "CREATE_CHILD_SA", EXCH_CREATE_CHILD_SA },
					 { "INFORMATIONAL", EXCH_INFORMATIONAL },
					 { NULL, 0 } };
static const struct word actions[] = { { "drop", DROP },
				       { "double", DOUBLE },
				       { "delay", DELAY },
				       { "corrupt", CORRUPT },
				       { NULL, 0 } };

static int word_take(char **text, const char *ends, const struct word *words, int *value)
{
	size_t len = strcspn(*text, ends);

	for (; words->text; words++) {
		if (strlen(words->text) != len || strncmp(words->text, *text, len) != 0)
			continue;
		*value = words->value;
		*text += len;
		return 0;
	}
	return -1;
}

static int rule_parse(char *text, struct rule *rule)
{
	int action;

	rule->left = 1;
	if (word_take(&text, ":", directions, &rule->out) || *text++ != ':' ||
	    word_take(&text, ":", exchanges, &rule->exchange) || *text++ != ':' ||
	    word_take(&text, ":", kinds, &rule->response) || *text++ != ':' ||
	    word_take(&text, ":=", actions, &action))
		return -1;
	rule->action = (enum action)action;
	if (*text == '=')
		rule->delay = (unsigned int)strtoul(text + 1, &text, 10);
	if (*text == ':')
		rule->left = (unsigned int)strtoul(text + 1, &text, 10);
	return *text || (rule->action == DELAY) != (rule->delay != 0) ? -1 : 0;
}

int impair_open(struct loop *loop, char *err, size_t err_len)
{
	const char *text = getenv("IPSECVIF_IMPAIR");
	char *copy, *at, *word;
	int ret = 0;

	impairment.loop = loop;
	if (!text)
		return 0;
	copy = at = strdup(text);
	while (copy && !ret && (word = strsep(&at, ","))) {
		if (impairment.n == RULES_MAX ||
		    rule_parse(word, &impairment.rules[impairment.n])) {
			snprintf(err, err_len, "IPSECVIF_IMPAIR: '%s' is no rule, or one too many",
				 word);
			ret = -1;
		}
		impairment.n++;
	}
	free(copy);
	return ret;
}

static void late_fire(void *arg)
{
	struct late *late = arg;

	late->again(late->arg, &late->local, &late->remote, late->natt, late->data, late->len);
	free(late);
}

static struct rule *rule_find(bool out, const uint8_t *data, size_t len)
{
	struct rule *rule;
	unsigned int i;

	if (len < IKE_HEADER_LEN)
		return NULL;
	for (i = 0; i < impairment.n; i++) {
		rule = &impairment.rules[i];
		if (rule->left && (rule->out == ANY || rule->out == out) &&
		    (rule->exchange == ANY || rule->exchange == data[EXCHANGE_AT]) &&
		    (rule->response == ANY || rule->response == !!(data[FLAGS_AT] & FLAG_RESPONSE)))
			return rule;
	}
	return NULL;
}

static struct late *late_new(const uint8_t *data, size_t len)
{
	struct late *late = calloc(1, sizeof(*late) + len);

	if (!late)
		abort();
	late->len = len;
	memcpy(late->data, data, len);
	loop_timer_init(&late->timer, late_fire, late);
	return late;
}

bool impair(bool out, const struct ike_addr *local, const struct ike_addr *remote, bool natt,
	    const uint8_t *data, size_t len, impair_fn *again, void *arg)
{
	struct rule *rule = rule_find(out, data, len);
	char exchange[8];
	struct late *late;

	if (!rule)
		return true;
	rule->left--;
	snprintf(exchange, sizeof(exchange), "%u", data[EXCHANGE_AT]);
	log_kv(LOG_NOTICE, "impaired", "action", actions[rule->action].text, "exchange", exchange,
	       "direction", out ? "out" : "in", NULL);
	if (rule->action == DROP)
		return false;
	late = late_new(data, len);
	late->again = again;
	late->arg = arg;
	late->natt = natt;
	late->local = *local;
	late->remote = *remote;
	if (rule->action == CORRUPT)
		late->data[len - 1] ^= 1;
	/* Not within this call: its caller is in the middle of something. */
	loop_timer_set(impairment.loop, &late->timer, loop_now() + rule->delay);
	return rule->action == DOUBLE;
}
