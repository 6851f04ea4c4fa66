#!/bin/bash
# SPDX-License-Identifier: MIT
# How long SAs live, how they are renewed, whom we call and who may call: byte and
# packet limits, reauthentication without a gap, several remotes and names, peers
# known by their identity alone, one SA for each pair of networks, transport mode for
# GRE, and what happens when the other end closes.
# On: newest
. "$(dirname "$0")/lib/test.sh"

settings() { # DESCRIPTION, after the variables were set
	check "$1" gateways_change
}

# Less than one in a hundred.
few_pings_lost() {
	pings_end | awk '{ print $1 " sent, " $2 " answered"; exit !($1 > 10 && ($1 - $2) * 100 < $1) }'
}

fresh() {
	keyer_defaults
	charon_defaults
}

check "the topology comes up" topology_up
fresh
check "both daemons start" gateways_start

K_CHILD='life-bytes = 60k'
settings "a limit of bytes"
check "tunnel up" keyer left tunnel up site
before=$(spi_out)
check "traffic beyond it" ping_a_b 60 -s 1000
check "the CHILD SA was rekeyed" spi_changed "$before"
K_CHILD='life-packets = 50'
settings "a limit of packets"
check "tunnel up" keyer left tunnel up site
before=$(spi_out)
check "traffic beyond it" ping_a_b 60
check "the CHILD SA was rekeyed" spi_changed "$before"

# Reauthentication, by us and as strongSwan wants it (RFC 4478).
K_CHILD='' K_TUNNEL='reauth = 12s
    rekey-margin = 8s
    rekey-fuzz = 0%'
settings "reauthentication"
check "tunnel up" keyer left tunnel up site
pings_start
before=$(tunnel_field left ike.spi_local)
check "a new IKE SA" wait_for 6 ike_spi_changed "$before"
check "strongSwan has one IKE SA" wait_for 4 eval '[ "$(swanctl_in right --list-sas | grep -c ESTABLISHED)" = 1 ]'
check "and we have two SAs" wait_for 4 eval '[ "$(sa_count left)" = 2 ]'
before=$(tunnel_field left ike.spi_local)
check "and again" wait_for 6 ike_spi_changed "$before"
# strongSwan sends by the new SA before its answer, which makes ours, is here.
check "no more was lost than what strongSwan sent too early" few_pings_lost
check_equal "carrier on" 1 "$(carrier left ipsec0)"
K_TUNNEL='reauth = never' C_CONNECTION='reauth_time = 9
    over_time = 2'
settings "strongSwan says how long it gives"
check "tunnel up" keyer left tunnel up site
before=$(tunnel_field left ike.spi_local)
check "a new IKE SA in time" wait_for 18 ike_spi_changed "$before"
check "traffic" ping_a_b 2

# Whom we call: the first does not answer, the second is a name.
fresh
mkdir -p /etc/netns/left
echo "$RIGHT right.test" >/etc/netns/left/hosts
K_REMOTE='198.51.100.200, right.test' K_TUNNEL='retransmit-tries = 1
    retransmit-timeout = 500ms' K_START=start
check "the daemon ends" keyer_stop left
check "and starts, with two remotes" keyer_start left
check "the tunnel comes up" wait_for 10 tunnel_is left up
check_match "by the second" "$RIGHT" "$(tunnel_field left ike.remote)"
check "traffic" ping_a_b 1

# The other end closes: we call again, wait for a packet, or do nothing.
before=$(tunnel_field left ike.spi_local)
check "strongSwan closes" swanctl_in right --terminate --ike t
check "close-action = restart: up again" wait_for 6 ike_spi_changed "$before"
K_START='start, on-demand' K_TUNNEL="$K_TUNNEL
    close-action = on-demand"
settings "on-demand after a close"
check "the tunnel comes up by itself" wait_for 10 tunnel_is left up
check "strongSwan closes" swanctl_in right --terminate --ike t
check "we wait" wait_for 4 tunnel_is left waiting
check "a packet brings it up" wait_for 6 ping_a_b 1

# Peers known by their identity alone, from a network that they may call from.
fresh
K_REMOTE=198.51.100.0/24 K_REMOTE_ID=right.example.net
settings "a network of peers"
cat >"$WORK/keyer-left/etc/other.conf" <<-END
	tunnel other {
	    interface = ipsec0
	    local     = any
	    remote    = any
	    local-id  = $K_LOCAL_ID
	    remote-id = other.example.net
	    psk-file  = secrets/other.psk
	    ike       = $K_IKE
	    start     = respond
	    child lan {
	        local  = $K_LOCAL_TS
	        remote = $K_REMOTE_TS
	        esp    = $K_ESP
	    }
	}
END
(umask 077 && echo "another secret" >"$WORK/keyer-left/etc/secrets/other.psk")
check "a second peer" keyer left reload
C_LOCAL_ID=other.example.net C_PSK='another secret'
check "strongSwan is the second" eval 'charon_config right && charon_load right'
check "strongSwan calls" swanctl_in right --initiate --child c
check_match "it is known by its identity" '"up"' "$(keyer left -j tunnel show other)"
check "traffic" ping_b_a 1
swanctl_in right --terminate --ike t >/dev/null
rm "$WORK/keyer-left/etc/other.conf"

# One SA for each pair of networks.
fresh
K_CHILD='split = yes'
K_LOCAL_TS="$SITE_A, $SITE_A6"
C_LOCAL_TS=$SITE_B C_REMOTE_TS=$SITE_A
settings "one SA for each pair"
sed -i "/^    children {/a\\
      six {\\
        local_ts = $SITE_B6\\
        remote_ts = $SITE_A6\\
        esp_proposals = $C_ESP\\
      }" "$WORK/charon-right/swanctl.conf"
check "strongSwan has two children" charon_load right
check "tunnel up" keyer left tunnel up site
check "IPv4" ping_a_b 1
check "IPv6" ping6_a_b 1
check_equal "four SAs" 4 "$(sa_count left)"
check_match "by their names" 'lan-2' "$(keyer left tunnel show site)"

# Sent to another gateway, which here is the same machine by another address.
fresh
C_LOCAL=%any C_REMOTE=%any K_REMOTE="$RIGHT"
ip -n right addr add 198.51.100.8/24 dev wan
settings "strongSwan with two addresses"
check "tunnel up" keyer left tunnel up site
check "strongSwan sends us on" swanctl_in right --redirect --ike t --gateway 198.51.100.8
check "we went there" wait_for 6 eval 'tunnel_field left ike.remote | grep -qF 198.51.100.8'
check "traffic" wait_for 6 ping_a_b 1
check "the old IKE SA is gone" wait_for 4 eval '[ "$(swanctl_in right --list-sas | grep -c ESTABLISHED)" = 1 ]'
# And by name.
check "strongSwan sends us on to a name" swanctl_in right --redirect --ike t --gateway right.test
check "we went there" wait_for 6 eval 'tunnel_field left ike.remote | grep -qF "$RIGHT"'
check "traffic" wait_for 6 ping_a_b 1
ip -n right addr del 198.51.100.8/24 dev wan

# Transport mode for GRE: the selectors are the outer addresses.
fresh
K_LOCAL_TS='dynamic[gre]' K_REMOTE_TS='dynamic[gre]'
K_CHILD='mode = transport' K_TUNNEL='nat-t = never'
C_LOCAL_TS='dynamic[gre]' C_REMOTE_TS='dynamic[gre]' C_CHILD='mode = transport'
settings "transport mode for GRE"
check "tunnel up" keyer left tunnel up site
check_match "selectors of GRE" 'gre' "$(keyer left tunnel show site)"
check_match "transport mode" 'transport' "$(left ipsecvif sa show)"
check "strongSwan agrees" eval 'swanctl_in right --list-sas | grep -q TRANSPORT'
rm -rf /etc/netns/left
