// SPDX-License-Identifier: MIT
/*
 * ipsecvif: the command's entry.
 */
#include "tools/ctl/ctl.h"

int main(int argc, char **argv)
{
	struct ctl ctl = { .out = stdout, .err = stderr };

	return ctl_main(&ctl, argc, argv);
}
