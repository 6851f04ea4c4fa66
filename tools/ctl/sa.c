// SPDX-License-Identifier: MIT
/*
 * ipsecvif sa: security associations.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/output.h"
#include "tools/ctl/sa.h"

/* All in JSON; in text the SPI that the kernel @chose, if it did. */
static void sa_added_print(struct ctl *ctl, const struct ipsecvif_sa *sas, size_t n, bool chose)
{
	struct json_object *array = json_object_new_array(), *object;
	size_t i;

	for (i = 0; i < n; i++) {
		object = json_object_new_object();
		json_add_string(object, "dir", ipsecvif_dir_name(sas[i].dir));
		json_add_spi(object, "spi", sas[i].spi);
		json_object_array_add(array, object);
		if (!ctl->json && chose && sas[i].dir == IPSECVIF_DIR_IN)
			fprintf(ctl->out, "spi 0x%08x\n", sas[i].spi);
	}
	if (ctl->json)
		ctl_print_json(ctl, array);
	else
		json_object_put(array);
}

static bool selectors_equal(const struct ipsecvif_selector *a, const struct ipsecvif_selector *b)
{
	char text_a[IPSECVIF_SELECTOR_STRLEN], text_b[IPSECVIF_SELECTOR_STRLEN];

	return !strcmp(ipsecvif_selector_format(a, text_a), ipsecvif_selector_format(b, text_b));
}

static int request_add(struct ctl *ctl, struct sa_request *requests, size_t n)
{
	struct ipsecvif_selector selectors[2];
	size_t i, n_selectors = 0;
	struct ipsecvif_sa sas[2];
	bool chose = false;
	int ret = ctl_connect(ctl);

	if (ret)
		return ret;
	for (i = 0; i < n; i++) {
		const struct ipsecvif_selector *selector = &requests[i].selector;

		sas[i] = requests[i].sa;
		chose = chose || !sas[i].spi;
		/* One that both halves name is one, for it binds both SAs. */
		if (requests[i].has_selector &&
		    !(n_selectors && selectors_equal(selector, &selectors[0])))
			selectors[n_selectors++] = *selector;
	}
	ret = ctl_kernel(ctl, ipsecvif_sa_add(ctl->client, requests[0].ifindex, sas, n, selectors,
					      n_selectors));
	for (i = 0; ret && i < n; i++) {
		alg_hint(ctl, IPSECVIF_ALG_AEAD, &sas[i].aead);
		alg_hint(ctl, IPSECVIF_ALG_ENC, &sas[i].enc);
		alg_hint(ctl, IPSECVIF_ALG_AUTH, &sas[i].auth);
	}
	if (!ret)
		sa_added_print(ctl, sas, n, chose);
	return ret;
}

/* The second half of a pair, on the device of the first unless it says so, too. */
static int pair_parse(struct ctl *ctl, struct sa_request requests[2])
{
	int ret;

	requests[1].ifindex = requests[0].ifindex;
	ret = sa_parse_add(ctl, &requests[0].other, &requests[1]);
	if (ret)
		return ret;
	if (requests[1].is_pair)
		return ctl_fail(ctl, CTL_USAGE, "a pair has two SAs: \"and\" is given twice");
	if (requests[1].ifindex != requests[0].ifindex)
		return ctl_fail(ctl, CTL_USAGE, "both SAs of a pair belong to one device");
	if (requests[1].sa.dir == requests[0].sa.dir)
		return ctl_fail(ctl, CTL_USAGE, "a pair has one SA of dir in and one of dir out");
	return CTL_OK;
}

/* Does a key follow behind the next word? */
static bool word_has_key(const char *word)
{
	switch (word[0]) {
	case 'a':
		return !strcmp(word, "aead") || !strcmp(word, "auth") ||
		       !strcmp(word, "auth-trunc");
	case 'e':
		return !strcmp(word, "enc");
	default:
		return false;
	}
}

/* Wipe the keys of an `sa add` that ended before its own parser reached them. */
static void keys_wipe(struct args *args)
{
	int i;

	for (i = 0; i + 2 < args->argc; i++)
		if (word_has_key(args->argv[i]) && args->argv[i + 2][0] != '@')
			explicit_bzero(args->argv[i + 2], strlen(args->argv[i + 2]));
}

static int sa_add(struct ctl *ctl, struct args *args)
{
	struct sa_request requests[2] = { { 0 }, { 0 } };
	struct args all = *args;
	int ret = sa_parse_add(ctl, args, &requests[0]);

	if (!ret && requests[0].is_pair)
		ret = pair_parse(ctl, requests);
	keys_wipe(&all);
	if (!ret)
		ret = request_add(ctl, requests, requests[0].is_pair ? 2 : 1);
	explicit_bzero(requests, sizeof(requests));
	return ret;
}

static int sa_update(struct ctl *ctl, struct args *args)
{
	struct sa_request request = { 0 };
	struct ipsecvif_sa_id id;
	int ret = sa_parse_update(ctl, args, &request);

	if (!ret)
		ret = ctl_connect(ctl);
	if (ret)
		return ret;
	id = (struct ipsecvif_sa_id){ .dir = request.sa.dir,
				      .spi = request.sa.spi,
				      .proto = request.sa.proto };
	return ctl_kernel(ctl, ipsecvif_sa_update(ctl->client, request.ifindex, &id, &request.sa,
						  request.what));
}

/* Take the words that must name one SA. */
static int sa_id_take(struct ctl *ctl, struct args *args, unsigned int *ifindex,
		      struct ipsecvif_sa_id *id)
{
	struct sa_request request = { 0 };
	int ret = sa_parse_id(ctl, args, &request);

	*ifindex = request.ifindex;
	*id = (struct ipsecvif_sa_id){ .dir = request.sa.dir,
				       .spi = request.sa.spi,
				       .dst = request.sa.dst,
				       .proto = request.sa.proto };
	if (ret)
		return ret;
	if (!request.ifindex)
		return ctl_fail(ctl, CTL_USAGE, "which device? say dev NAME");
	if (!request.has_dir)
		return ctl_fail(ctl, CTL_USAGE,
				"which direction? say dir out (we send) or dir in (we receive)");
	if (!request.sa.spi)
		return ctl_fail(ctl, CTL_USAGE, "which SA? say spi N");
	return ctl_connect(ctl);
}

static int sa_del(struct ctl *ctl, struct args *args)
{
	struct ipsecvif_sa_id id;
	unsigned int ifindex;
	int ret = sa_id_take(ctl, args, &ifindex, &id);

	return ret ? ret : ctl_kernel(ctl, ipsecvif_sa_del(ctl->client, ifindex, &id, 1));
}

static int sa_get(struct ctl *ctl, struct args *args)
{
	struct json_object *array;
	struct ipsecvif_sa_id id;
	struct ipsecvif_dev dev;
	struct ipsecvif_sa sa;
	unsigned int ifindex;
	int ret = sa_id_take(ctl, args, &ifindex, &id);

	if (!ret)
		ret = ctl_kernel(ctl, ipsecvif_dev_get(ctl->client, ifindex, &dev));
	if (!ret)
		ret = ctl_kernel(ctl, ipsecvif_sa_get(ctl->client, ifindex, &id, &sa));
	if (ret)
		return ret;
	if (ctl->json) {
		array = json_object_new_array();
		json_object_array_add(array, sa_json(&sa, &dev));
		ctl_print_json(ctl, array);
	} else {
		sa_show_text(ctl, &sa, &dev);
	}
	ipsecvif_sa_fini(&sa);
	return CTL_OK;
}

/* What the walk over SAs needs: the devices, and which SAs are wanted. */
struct sa_walk {
	struct ctl *ctl;
	const struct sa_request *wanted;
	struct ipsecvif_dev *devs;
	size_t n_devs;
	struct json_object *array;
};

static int dev_collect(const struct ipsecvif_dev *dev, void *arg)
{
	struct sa_walk *walk = arg;
	struct ipsecvif_dev *devs;

	devs = reallocarray(walk->devs, walk->n_devs + 1, sizeof(*devs));
	if (!devs)
		return ctl_fail(walk->ctl, CTL_FAILED, "%s", strerror(ENOMEM));
	walk->devs = devs;
	devs[walk->n_devs++] = *dev;
	return 0;
}

static bool sa_is_wanted(const struct ipsecvif_sa *sa, const struct sa_request *wanted)
{
	return (!wanted->has_dir || sa->dir == wanted->sa.dir) &&
	       (!wanted->sa.spi || sa->spi == wanted->sa.spi) &&
	       (!wanted->sa.proto || sa->proto == wanted->sa.proto) &&
	       (wanted->sa.src.family == AF_UNSPEC ||
		ipsecvif_addr_equal(&sa->src, &wanted->sa.src)) &&
	       (wanted->sa.dst.family == AF_UNSPEC ||
		ipsecvif_addr_equal(&sa->dst, &wanted->sa.dst));
}

static int sa_show_one(const struct ipsecvif_sa *sa, void *arg)
{
	struct sa_walk *walk = arg;
	struct ipsecvif_dev unknown = { .ifindex = sa->ifindex };
	const struct ipsecvif_dev *dev = &unknown;
	size_t i;

	if (!sa_is_wanted(sa, walk->wanted))
		return 0;
	/* A device that appeared between the two dumps has a number only. */
	snprintf(unknown.ifname, sizeof(unknown.ifname), "if%u", sa->ifindex);
	for (i = 0; i < walk->n_devs; i++)
		if (walk->devs[i].ifindex == sa->ifindex)
			dev = &walk->devs[i];
	if (walk->array)
		json_object_array_add(walk->array, sa_json(sa, dev));
	else
		sa_show_text(walk->ctl, sa, dev);
	return 0;
}

static int sa_show(struct ctl *ctl, struct args *args)
{
	struct sa_request wanted = { 0 };
	struct sa_walk walk = { .ctl = ctl, .wanted = &wanted };
	int ret = sa_parse_id(ctl, args, &wanted);

	if (!ret)
		ret = ctl_show_begin(ctl, &walk.array);
	if (ret)
		return ret;
	ret = ctl_kernel(ctl, ipsecvif_dev_dump(ctl->client, dev_collect, &walk));
	if (!ret)
		ret = ctl_kernel(ctl,
				 ipsecvif_sa_dump(ctl->client, wanted.ifindex, sa_show_one, &walk));
	free(walk.devs);
	return ctl_show_end(ctl, walk.array, ret);
}

static int sa_flush(struct ctl *ctl, struct args *args)
{
	struct sa_request wanted = { 0 };
	unsigned int dirs = IPSECVIF_FLUSH_BOTH;
	int ret = sa_parse_id(ctl, args, &wanted);

	if (ret)
		return ret;
	if (!wanted.ifindex)
		return ctl_fail(ctl, CTL_USAGE, "which device's SAs? say dev NAME");
	if (wanted.sa.spi || wanted.what || wanted.sa.proto)
		return ctl_fail(ctl, CTL_USAGE,
				"flush removes all SAs of dev NAME [dir in|out]: say del for one");
	if (wanted.has_dir)
		dirs = wanted.sa.dir == IPSECVIF_DIR_IN ? IPSECVIF_FLUSH_IN : IPSECVIF_FLUSH_OUT;
	ret = ctl_connect(ctl);
	if (ret)
		return ret;
	return ctl_kernel(ctl, ipsecvif_sa_flush(ctl->client, wanted.ifindex, dirs));
}

static int sa_allocspi(struct ctl *ctl, struct args *args)
{
	struct sa_request request = { 0 };
	int ret = sa_parse_id(ctl, args, &request);

	if (ret)
		return ret;
	if (!request.ifindex)
		return ctl_fail(ctl, CTL_USAGE, "which device? say dev NAME");
	if (request.sa.spi || (request.has_dir && request.sa.dir != IPSECVIF_DIR_IN))
		return ctl_fail(ctl, CTL_USAGE,
				"allocspi reserves an inbound SPI of the kernel's choice");
	ret = ctl_connect(ctl);
	if (ret)
		return ret;
	request.sa.dir = IPSECVIF_DIR_IN;
	ret = ctl_kernel(ctl, ipsecvif_spi_alloc(ctl->client, request.ifindex,
						 request.sa.proto ? request.sa.proto : IPPROTO_ESP,
						 &request.sa.spi));
	if (!ret)
		sa_added_print(ctl, &request.sa, 1, true);
	return ret;
}

int sa_command(struct ctl *ctl, struct args *args)
{
	enum {
		ADD,
		SHOW,
		GET,
		UPDATE,
		DEL,
		FLUSH,
		ALLOCSPI
	};
	static const struct word verbs[] = {
		WORD("add", ADD),
		WORD("show", SHOW),
		WORD("list", SHOW),
		WORD("lst", SHOW),
		WORD("get", GET),
		WORD("update", UPDATE),
		WORD("del", DEL),
		WORD("delete", DEL),
		WORD("flush", FLUSH),
		WORD_FULL("allocspi", ALLOCSPI),
		WORDS_END,
	};
	static int (*const commands[])(struct ctl * ctl, struct args * args) = {
		[ADD] = sa_add, [SHOW] = sa_show,   [GET] = sa_get,	      [UPDATE] = sa_update,
		[DEL] = sa_del, [FLUSH] = sa_flush, [ALLOCSPI] = sa_allocspi,
	};
	const char *word = args_word(ctl, args);
	int verb = word ? word_find(ctl, verbs, "sa command", word) : SHOW;

	if (verb < 0)
		return CTL_USAGE;
	if (args_help(args))
		return help_print(ctl, "sa");
	return commands[verb](ctl, args);
}
