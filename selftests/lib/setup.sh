# SPDX-License-Identifier: MIT
# python3 is called with -SE everywhere: without site.py, which takes half of its start.
#
# Where things are, a scratch directory $WORK, and the functions of lib/*.sh:
# what the selftests (lib/test.sh) and the demonstration share.

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TOP=$(dirname "$SELFTESTS")
: "${O:=build}"
case $O in
/*) OUT=$O ;;
*) OUT=$TOP/$O ;;
esac
export PATH=$OUT:$OUT/selftests:$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8

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
. "$SELFTESTS/lib/events.sh"
. "$SELFTESTS/lib/charon.sh"
. "$SELFTESTS/lib/keyer.sh"
. "$SELFTESTS/lib/capture.sh"
