#!/bin/bash
# SPDX-License-Identifier: MIT
# The peer dies without a word: noticed by liveness checks, the carrier falls,
# and the tunnel returns with the peer. And the same the other way round.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

not_up() {
	! tunnel_is left up
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
K_START=start
K_TUNNEL='dpd-delay = 2s
    retransmit-tries = 2
    retransmit-timeout = 1s'
check "both daemons start" gateways_start
check "the tunnel comes up by itself" wait_for 5 tunnel_is left up
check "traffic" ping_a_b 2
charon_kill right
check "the death is noticed" wait_for 5 not_up
check "carrier off" wait_for 2 eval '[ "$(carrier left ipsec0)" != 1 ]'
check_match "tunnel why says what happened" '(answer|silent|dead|respon|reach)' \
	"$(keyer left tunnel why site 2>&1)"
ip -n right xfrm state flush
ip -n right xfrm policy flush
check "the peer lives again" charon_start right
check "the tunnel comes up by itself" wait_for 10 tunnel_is left up
check "traffic" ping_a_b 2

C_CONNECTION='dpd_delay = 1'
charon_config right
check "strongSwan checks us, too" charon_load right
K_TUNNEL='' K_START=respond
check "and we don't" gateways_change
check "strongSwan calls" swanctl_in right --initiate --child c
check "its checks are answered" wait_for 5 charon_says right 'parsed INFORMATIONAL response'
check "traffic" ping_a_b 2
keyer_kill left
check "our death is noticed" wait_for 10 charon_says right 'giving up after|peer not responding'
check "a new daemon takes the interface up" keyer_start left
check "strongSwan calls" swanctl_in right --initiate --child c
check "traffic" ping_b_a 2
check_equal "two SAs, and none of the dead one's" 2 "$(sa_count left)"
