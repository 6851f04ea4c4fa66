// SPDX-License-Identifier: MIT
/*
 * ipsecvif: the command's entry.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/args.h"

int ctl_main(struct ctl *ctl, int argc, char **argv)
{
	int i = 1, ret = CTL_OK;

	if (!ctl->socket)
		ctl->socket = CONTROL_SOCKET;
	while (i < argc) {
		int taken = ctl_option(ctl, argc - i, argv + i, false);

		if (taken < 0)
			return CTL_USAGE;
		if (!taken)
			break;
		i += taken;
	}
	if (ctl->version) {
		fprintf(ctl->out, "ipsecvif %s\n", IPSECVIF_VERSION);
		return CTL_OK;
	}
	if (ctl->help)
		return help_print(ctl, NULL);
	if (i == argc && !ctl->batch) {
		help_print(ctl, NULL);
		return CTL_USAGE;
	}
	if (i < argc && ctl->batch)
		return ctl_fail(ctl, CTL_USAGE,
				"unexpected word \"%s\": a batch takes its commands from the file",
				argv[i]);
	if (ctl->netns)
		ret = netns_enter(ctl, ctl->netns);
	if (!ret)
		ret = ctl->batch ? ctl_batch(ctl, ctl->batch) : ctl_run(ctl, argc - i, argv + i);
	ipsecvif_client_close(ctl->client);
	ctl->client = NULL;
	if (fflush(ctl->out) && !ret)
		ret = CTL_FAILED;
	return ret;
}

#ifndef IPSECVIF_CTL_TEST
int main(int argc, char **argv)
{
	struct ctl ctl = { .out = stdout, .err = stderr };

	return ctl_main(&ctl, argc, argv);
}
#endif
