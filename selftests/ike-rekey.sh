#!/bin/bash
# SPDX-License-Identifier: MIT
# Rekeying by either side, of the CHILD SA and of the IKE SA, while traffic
# flows: new keys each time, and no packet is lost.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

pings_lost() {
	pings_end | awk '{ print ($1 > 5) ? $1 - $2 : "too few sent" }'
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
check "both daemons start" gateways_start
check "tunnel up" keyer left tunnel up site
check "traffic" ping_a_b 2

pings_start
before=$(spi_out)
check "strongSwan rekeys the CHILD SA" swanctl_in right --rekey --child c
check "the SPI changed" wait_for 5 spi_changed "$before"
check "no old SA stays" wait_for 10 eval '[ "$(sa_count left)" = 2 ]'
before=$(tunnel_field left ike.spi_local)
check "strongSwan rekeys the IKE SA" swanctl_in right --rekey --ike t
check "the IKE SPI changed" wait_for 5 ike_spi_changed "$before"
before=$(spi_out)
check "strongSwan rekeys the CHILD SA on the new IKE SA" swanctl_in right --rekey --child c
check "the SPI changed" wait_for 5 spi_changed "$before"
check "traffic from B to A" ping_b_a 3
check_equal "no packet was lost" 0 "$(pings_lost)"
check_equal "carrier still on" 1 "$(carrier left ipsec0)"

# Short lifetimes here, so that we rekey.
K_CHILD='lifetime = 16s
        rekey-margin = 10s
        rekey-fuzz = 0%'
check "a short lifetime of the CHILD SA here" gateways_change
check "tunnel up" keyer left tunnel up site
pings_start
before=$(spi_out)
check "ipsecvifd rekeys the CHILD SA" wait_for 4 spi_changed "$before"
before=$(spi_out)
check "and again" wait_for 4 spi_changed "$before"
check "traffic from B to A" ping_b_a 3
check_equal "no packet was lost" 0 "$(pings_lost)"

K_CHILD=''
K_TUNNEL='ike-lifetime = 20s
    rekey-margin = 12s
    rekey-fuzz = 0%'
check "a short lifetime of the IKE SA here" gateways_change
check "tunnel up" keyer left tunnel up site
pings_start
before=$(tunnel_field left ike.spi_local)
check "ipsecvifd rekeys the IKE SA" wait_for 4 ike_spi_changed "$before"
before=$(tunnel_field left ike.spi_local)
check "and again" wait_for 4 ike_spi_changed "$before"
check "traffic from B to A" ping_b_a 3
check_equal "no packet was lost" 0 "$(pings_lost)"
check_equal "strongSwan has one IKE SA" 1 "$(swanctl_in right --list-sas | grep -c ESTABLISHED)"
