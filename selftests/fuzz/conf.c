// SPDX-License-Identifier: MIT
/* A configuration file: read, checked, printed, and compared with nothing and itself. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "selftests/fuzz/fuzz.h"
#include "tools/keyer/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *sink;
	struct conf *conf, *again;
	struct conf_diff *diff;
	char path[64], text[1024];
	size_t i;
	int fd;

	if (!sink)
		sink = fopen("/dev/null", "w");
	fd = memfd_create("fuzz", 0);
	if (!sink || fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	conf = conf_load(path);
	again = conf_load(path);
	for (i = 0; i < conf->n_messages; i++)
		fputs(conf_message_print(&conf->messages[i], text, sizeof(text)), sink);
	conf_print(conf, sink);
	if (!conf->errors) {
		diff = conf_diff(conf, again);
		if (diff->n)
			abort();
		conf_diff_free(diff);
	}
	conf_free(conf);
	conf_free(again);
	close(fd);
	return 0;
}
