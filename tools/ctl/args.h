/* SPDX-License-Identifier: MIT */
/*
 * Words of the command line: finding, abbreviating, correcting and reading
 * them.
 */
#ifndef IPSECVIF_CTL_ARGS_H
#define IPSECVIF_CTL_ARGS_H

#include "tools/ctl/ctl.h"

/**
 * struct args - the words that are left
 * @argc: their number.
 * @argv: the words.
 */
struct args {
	int argc;
	char **argv;
};

/**
 * struct word - a word that may be abbreviated
 * @text: the word.
 * @id: what it stands for; synonyms share it.
 * @full: it must be written out, and stands in no abbreviation's way.
 */
struct word {
	const char *text;
	int id;
	bool full;
};

#define WORD(text, id)          \
	{                       \
		text, id, false \
	}
#define WORD_FULL(text, id)    \
	{                      \
		text, id, true \
	}
#define WORDS_END              \
	{                      \
		NULL, 0, false \
	}

/**
 * word_find - which word is meant
 * @ctl: the run.
 * @words: the possible ones, ended by one without text.
 * @what: what they are, "object", for the message.
 * @text: what was written: a word or an unambiguous beginning of one.
 *
 * Return: the id, or -1 after printing what is wrong, with the nearest word.
 */
int word_find(struct ctl *ctl, const struct word *words, const char *what, const char *text);

/**
 * word_nearest - the word that was probably meant
 * @text: what was written.
 * @words: candidates.
 * @n: their number.
 *
 * Return: the nearest by edit distance, or NULL if none is near.
 */
const char *word_nearest(const char *text, const char *const *words, size_t n);

/**
 * word_shown - a word as it may appear in a message
 * @text: what was written.
 *
 * A key that stands in the wrong place must not be repeated.
 *
 * Return: @text, or "0x..." for what could be a key.
 */
const char *word_shown(const char *text);

/**
 * args_word - take the next word; options without a value are noted and skipped
 * @ctl: the run.
 * @args: the words left.
 *
 * Return: the word, or NULL if none is left.
 */
char *args_word(struct ctl *ctl, struct args *args);

/**
 * args_value - take the value that must follow a word
 * @ctl: the run.
 * @args: the words left.
 * @word: the word, for the message.
 * @value: receives it.
 *
 * Return: CTL_OK, or CTL_USAGE after printing that it is missing.
 */
int args_value(struct ctl *ctl, struct args *args, const char *word, char **value);

/**
 * args_end - check that no word is left
 * @ctl: the run.
 * @args: the words left.
 *
 * Return: CTL_OK, or CTL_USAGE after printing which is too much.
 */
int args_end(struct ctl *ctl, struct args *args);

/**
 * args_help - is the next word "help"?
 * @args: the words left.
 *
 * Return: true if it is, or -h, or --help.
 */
bool args_help(const struct args *args);

/**
 * struct param - a word with values, in any order with others
 * @name: the word, never abbreviated.
 * @parse: takes its values. Returns CTL_OK or an exit code after printing why.
 * @repeats: may be given more than once.
 */
struct param {
	const char *name;
	int (*parse)(struct ctl *ctl, struct args *args, const char *name, void *state);
	bool repeats;
};

/**
 * params_parse - take all words left as params
 * @ctl: the run.
 * @args: the words left.
 * @params: those that are possible, at most 64.
 * @n: their number.
 * @state: passed to their parsers.
 *
 * Return: CTL_OK, or an exit code after printing why.
 */
int params_parse(struct ctl *ctl, struct args *args, const struct param *params, size_t n,
		 void *state);

/**
 * parse_number - take a number, decimal or 0xHEX
 * @ctl: the run.
 * @args: the words left.
 * @word: the word before it, for the message.
 * @min: the least allowed.
 * @max: the greatest allowed.
 * @value: receives it.
 *
 * Return: CTL_OK or CTL_USAGE.
 */
int parse_number(struct ctl *ctl, struct args *args, const char *word, uint64_t min, uint64_t max,
		 uint64_t *value);

/**
 * number_read - read a number without sign or space
 * @text: decimal, or hexadecimal after 0x.
 * @value: receives it.
 * @end: receives where it ended.
 *
 * Return: false if there is none, or it exceeds 64 bits.
 */
bool number_read(const char *text, uint64_t *value, const char **end);

/**
 * parse_seconds - take a duration: a number of seconds, or with s, m, h, d, w
 *
 * Return: CTL_OK or CTL_USAGE; the other parameters as in parse_number().
 */
int parse_seconds(struct ctl *ctl, struct args *args, const char *word, uint64_t *value);

/**
 * parse_size - take a size: a number, or with k, M, G, T (1000) or Ki, Mi, Gi,
 *	Ti (1024)
 *
 * Return: CTL_OK or CTL_USAGE; the other parameters as in parse_number().
 */
int parse_size(struct ctl *ctl, struct args *args, const char *word, uint64_t *value);

/**
 * parse_addr_value - take an address; "any" is none
 *
 * Return: CTL_OK or CTL_USAGE; the other parameters as in parse_number().
 */
int parse_addr_value(struct ctl *ctl, struct args *args, const char *word,
		     struct ipsecvif_addr *addr);

/**
 * parse_choice - take one of a few words
 * @ctl: the run.
 * @args: the words left.
 * @word: the word before it, for the message.
 * @choices: the possible ones, at most 8.
 * @n: their number.
 * @value: receives the index.
 *
 * Return: CTL_OK or CTL_USAGE.
 */
int parse_choice(struct ctl *ctl, struct args *args, const char *word, const char *const *choices,
		 size_t n, unsigned int *value);

/**
 * dev_find - a device by its name
 * @ctl: the run.
 * @name: its name.
 * @ifindex: receives its index.
 *
 * Return: CTL_OK, or CTL_FAILED after printing how to create it.
 */
int dev_find(struct ctl *ctl, const char *name, unsigned int *ifindex);

/**
 * parse_dev_value - a param's parser: takes a device's name
 *
 * Return: CTL_OK or an exit code; @state is the unsigned int for its index.
 */
int parse_dev_value(struct ctl *ctl, struct args *args, const char *name, void *state);

#endif /* IPSECVIF_CTL_ARGS_H */
