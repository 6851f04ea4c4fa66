// SPDX-License-Identifier: MIT
/*
 * What runs a fuzz target without libFuzzer: the committed inputs, then mutations of
 * them for FUZZ_SECONDS. No coverage guides it. TAP; an input that crashes is kept.
 *
 *	fuzz_NAME [FILE...]: without files, those of selftests/fuzz/corpus/NAME
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "selftests/fuzz/fuzz.h"

enum {
	INPUT_MAX = 8192,
	INPUTS_MAX = 256,
	SECONDS = 2,
	HANG = 20, /* seconds that one input may take */
};

struct input {
	size_t len;
	uint8_t data[INPUT_MAX];
};

static struct input *inputs[INPUTS_MAX], now;
static size_t n_inputs;
static uint64_t state = 88172645463325252ULL;
static char kept[512];

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (uint32_t)(state >> 16) % below : 0;
}

/* An input that kills is written down by the dying process. */
static void on_death(int sig)
{
	static const char text[] = "not ok 2 - an input ended it; it is kept in ";
	int fd = open(kept, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd >= 0)
		(void)!write(fd, now.data, now.len);
	(void)!write(1, text, sizeof(text) - 1);
	(void)!write(1, kept, strlen(kept));
	(void)!write(1, "\n1..2\n", 6);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* In time of the CPU, since others may have it for a while. */
static void hang_after(int seconds)
{
	const struct itimerval timer = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_PROF, &timer, NULL);
}

static void run(void)
{
	/* Of its very size, so that who reads beyond is caught. */
	uint8_t *exact = malloc(now.len ? now.len : 1);

	if (!exact)
		abort();
	memcpy(exact, now.data, now.len);
	hang_after(HANG);
	LLVMFuzzerTestOneInput(exact, now.len);
	hang_after(0);
	free(exact);
}

static void input_read(const char *path)
{
	struct input *input = calloc(1, sizeof(*input));
	FILE *file = fopen(path, "rb");

	if (!input || !file || n_inputs == INPUTS_MAX) {
		free(input);
		if (file)
			fclose(file);
		return;
	}
	input->len = fread(input->data, 1, INPUT_MAX, file);
	fclose(file);
	inputs[n_inputs++] = input;
}

static void corpus_read(const char *name)
{
	char path[1024];
	struct dirent **entries;
	int i, n;

	snprintf(path, sizeof(path), "selftests/fuzz/corpus/%s", name);
	/* In order, so that two runs are alike. */
	n = scandir(path, &entries, NULL, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "selftests/fuzz/corpus/%s/%s", name,
			 entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			input_read(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* Makes room at @at, or with a negative @by takes it away. */
static void shift(size_t at, long by)
{
	if (by > 0 && now.len + (size_t)by > INPUT_MAX)
		return;
	if (by < 0 && at + (size_t)-by > now.len)
		return;
	if (by > 0)
		memmove(now.data + at + by, now.data + at, now.len - at);
	else
		memmove(now.data + at, now.data + at - by, now.len - at + (size_t)by);
	now.len = (size_t)((long)now.len + by);
}

static void mutate_once(void)
{
	static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xff, 4, 8, 40 };
	const struct input *other = inputs[draw((uint32_t)n_inputs)];
	size_t at = draw((uint32_t)now.len), n = 1 + draw(16), from;

	switch (draw(8)) {
	case 0:
		if (now.len)
			now.data[at] ^= (uint8_t)(1U << draw(8));
		break;
	case 1:
		if (now.len)
			now.data[at] = edges[draw(sizeof(edges))];
		break;
	case 2:
		if (now.len)
			now.data[at] = (uint8_t)draw(256);
		break;
	case 3:
		shift(at, -(long)n);
		break;
	case 4: /* a piece twice */
		if (at + n <= now.len && now.len + n <= INPUT_MAX)
			shift(at, (long)n);
		break;
	case 5: /* a piece of another */
		from = draw((uint32_t)other->len);
		if (from + n <= other->len && at + n <= now.len)
			memcpy(now.data + at, other->data + from, n);
		break;
	case 6:
		now.len = at;
		break;
	default: /* a length of two bytes, a bit beside */
		if (at + 2 <= now.len)
			now.data[at + 1] = (uint8_t)(now.data[at + 1] + draw(9) - 4);
		break;
	}
}

static unsigned long mutations_run(unsigned long seconds)
{
	struct timespec start, t;
	unsigned long count = 0;
	uint32_t i, n;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		now = *inputs[draw((uint32_t)n_inputs)];
		for (i = 0, n = 1 + draw(6); i < n; i++)
			mutate_once();
		run();
		count++;
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while ((unsigned long)(t.tv_sec - start.tv_sec) < seconds);
	return count;
}

int main(int argc, char **argv)
{
	static const int deaths[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF };
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	const char *seconds = getenv("FUZZ_SECONDS");
	unsigned long limit = seconds ? strtoul(seconds, NULL, 10) : SECONDS, count;
	size_t i;

	if (!strncmp(name, "fuzz_", 5))
		name += 5;
	snprintf(kept, sizeof(kept), "%.256s.crash", argv[0]);
	for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		signal(deaths[i], on_death);
	for (i = 1; i < (size_t)argc; i++)
		input_read(argv[i]);
	if (argc == 1)
		corpus_read(name);
	for (i = 0; i < n_inputs; i++) {
		now = *inputs[i];
		run();
	}
	printf("%s 1 - %s: %zu committed inputs\n", n_inputs ? "ok" : "not ok", name, n_inputs);
	if (!n_inputs) {
		printf("1..1\n");
		return 1;
	}
	fflush(stdout);
	count = argc == 1 ? mutations_run(limit) : 0;
	printf("ok 2 - %s: %lu mutated ones in %lu s\n1..2\n", name, count, limit);
	return 0;
}
