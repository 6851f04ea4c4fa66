# SPDX-License-Identifier: MIT
# Sourced by every selftest, first thing. Brings the functions of lib/*.sh, a
# scratch directory $WORK, the module of the running kernel, and the checks at
# the end that nothing is left over and that the kernel had nothing to complain
# about.

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TOP=$(dirname "$SELFTESTS")
: "${O:=build}"
case $O in
/*) OUT=$O ;;
*) OUT=$TOP/$O ;;
esac
export PATH=$OUT:$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8

TEST_NAME=$(basename "$0" .sh)
# Not below /run, which every charon replaces for itself.
WORK=$(mktemp -d "/var/tmp/ipsecvif-$TEST_NAME.XXXXXX") || exit
TAP_LOG=$WORK/tap.log
WAIT_PIPE=$WORK/wait
mkfifo "$WAIT_PIPE"
MODULE=$OUT/module/$(uname -r)/ipsecvif.ko

. "$SELFTESTS/lib/tap.sh"
. "$SELFTESTS/lib/health.sh"
. "$SELFTESTS/lib/topology.sh"
. "$SELFTESTS/lib/ipsec.sh"
. "$SELFTESTS/lib/charon.sh"
. "$SELFTESTS/lib/keyer.sh"
. "$SELFTESTS/lib/capture.sh"

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
