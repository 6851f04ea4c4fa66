#!/bin/bash
# SPDX-License-Identifier: MIT
# Messages that are lost, doubled, late and corrupted, in each exchange and both
# directions: the tunnel comes up with strongSwan, rekeys and ends all the same.
# On: newest
. "$(dirname "$0")/lib/test.sh"

KEYER_DAEMON=$OUT/impair/ipsecvifd

impaired() { # ACTION: how many were
	keyer_log left | grep -c "event=impaired action=$1"
}

check_not "nothing of it is in the daemon that is installed" grep -q IPSECVIF_IMPAIR "$OUT/ipsecvifd"
check "the topology comes up" topology_up
charon_defaults
keyer_defaults
K_START=start
K_TUNNEL='retransmit-timeout = 500ms'
export IPSECVIF_IMPAIR=out:IKE_SA_INIT:request:drop,in:IKE_SA_INIT:response:double
IPSECVIF_IMPAIR+=,out:IKE_AUTH:request:corrupt,in:IKE_AUTH:response:drop
IPSECVIF_IMPAIR+=,out:CREATE_CHILD_SA:*:double:2,in:CREATE_CHILD_SA:*:delay=700
IPSECVIF_IMPAIR+=,in:CREATE_CHILD_SA:*:corrupt,in:INFORMATIONAL:*:delay=300:2
IPSECVIF_IMPAIR+=,out:INFORMATIONAL:*:drop
check "both daemons start" gateways_start
check "a tunnel in spite of all" wait_for 15 child_is left up
check_equal "a request was lost, and a response" 2 "$(impaired drop)"
check_equal "a request was corrupted" 1 "$(impaired corrupt)"
check "traffic" ping_a_b 2
before=$(tunnel_field left children.0.spi_in)
check "the peer rekeys" swanctl_in right --rekey --child c
check "by another SA" wait_for 15 eval '[ "$(tunnel_field left children.0.spi_in)" != "$before" ]'
check "traffic" wait_for 5 ping_a_b 2
check "what was said of them has happened" wait_for 15 eval '[ "$(impaired delay)" -ge 2 ]'
check "one pair is left" wait_for 15 eval '[ "$(sa_count left)" = 2 ]'
check "down" keyer left tunnel down site
check "both have ended it" wait_for 15 eval '[ "$(swanctl_in right --list-sas | wc -l)" = 0 ]'
unset IPSECVIF_IMPAIR
