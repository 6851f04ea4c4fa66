# SPDX-License-Identifier: MIT
# Sourced by every selftest, first thing: lib/setup.sh, and the checks at the end
# that nothing is left over and that the kernel had nothing to complain about.

. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

test_end() {
	local status=$?

	trap - EXIT
	set +e
	health_end
	tap_plan
	rm -rf "$WORK"
	[ "$status" = 0 ] && [ "$TAP_FAILED" = 0 ]
	exit
}

[ "$(id -u)" = 0 ] || bail "a selftest runs as root"
health_begin
trap test_end EXIT
