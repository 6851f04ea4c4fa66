#!/bin/bash
# SPDX-License-Identifier: MIT
# The configuration payload: ipsecvifd gives addresses to strongSwan's clients,
# several at once, and asks strongSwan for its own.
# On: newest
. "$(dirname "$0")/lib/test.sh"

defaults() {
	charon_defaults
	keyer_defaults
	K_LOCAL_TS="$SITE_A, $SITE_A6" K_REMOTE_TS='0.0.0.0/0, ::/0'
	C_LOCAL_TS=dynamic C_REMOTE_TS=$SITE_A,$SITE_A6
}

# A second client behind the same gateway, with another name.
second_client() {
	cat <<-END
	connections {
	  u {
	    version = 2
	    local_addrs = $C_LOCAL
	    remote_addrs = $C_REMOTE
	    proposals = $C_IKE
	    vips = 0.0.0.0
	    local {
	      auth = psk
	      id = second.example.net
	    }
	    remote {
	      auth = psk
	      id = $C_REMOTE_ID
	    }
	    children {
	      d {
	        local_ts = dynamic
	        remote_ts = $SITE_A
	        esp_proposals = $C_ESP
	      }
	    }
	  }
	}
	END
}

ping_from() { # ADDRESS [COUNT]: from the right gateway to host A
	right ping -I "$1" -c "${2:-2}" -i 0.2 -W $((2 * TIME_SCALE)) "${3:-$HOST_A}"
}

check "the topology comes up" topology_up
defaults
K_REMOTE_ID=any
K_TUNNEL='pool = 10.99.0.10-10.99.0.11, fd99::10-fd99::20
    pool-dns = 10.1.0.53
    pool-nbns = 10.1.0.137'
C_CONNECTION='vips = 0.0.0.0, ::'
C_MORE=$(second_client)
check "both daemons start" gateways_start
check "a client calls" swanctl_in right --initiate --child c
check "it has the first address" eval 'right ip -o addr | grep -q " 10.99.0.10/32 "'
check "and one of IPv6" eval 'right ip -o addr | grep -q " fd99::10/128 "'
check "it was told of the name servers" charon_says right 'CPRP\(.*DNS.*NBNS.*SUBNET'
check "IPv4 from it" ping_from 10.99.0.10
check "IPv6 from it" ping_from fd99::10 2 "$HOST_A6"
check "a second client calls" swanctl_in right --initiate --child d
check "it has the next address" eval 'right ip -o addr | grep -q " 10.99.0.11/32 "'
check "traffic of the second" ping_from 10.99.0.11
check "traffic of the first" ping_from 10.99.0.10
check "to it, too" eval 'hosta ping -c 2 -i 0.2 -W $((2 * TIME_SCALE)) 10.99.0.10'
check "the second hangs up" swanctl_in right --terminate --ike u
check "the tunnel stays up" tunnel_is left up
check "for the first" ping_from 10.99.0.10
check "who hangs up, too" swanctl_in right --terminate --ike t
check "then it is down" wait_for 5 eval '! tunnel_is left up'
check "no SA is left" wait_for 2 eval '[ "$(sa_count left)" = 0 ]'
check_equal "nor a route to clients" "" "$(left ip route show table main | grep '10\.99\.')"

# Without asking for an address it gets no child.
C_CONNECTION='' C_MORE=''
check "a client that does not ask" charon_config right
check "is loaded" charon_load right
check_not "is refused" swanctl_in right --initiate --child c --timeout $((2 * TIME_SCALE))
check "in words" wait_for 2 keyer_says left 'asks for no address'

# We ask.
defaults
K_LOCAL_TS=dynamic K_REMOTE_TS="$SITE_B, $SITE_B6"
K_TUNNEL='request = ip4, ip6'
C_LOCAL_TS=$SITE_B,$SITE_B6 C_REMOTE_TS=dynamic
C_CONNECTION='pools = four, six'
C_MORE='pools {
	  four {
	    addrs = 10.98.0.0/24
	    dns = 10.2.0.53
	    nbns = 10.2.0.137
	  }
	  six {
	    addrs = fd98::/120
	  }
	}'
check "strongSwan has a pool" gateways_change
check "we call" keyer left tunnel up site
check "our address is on the interface" eval \
	'left ip -o addr show dev ipsec0 | grep -q " 10.98.0.1/32 "'
check "so is that of IPv6" eval 'left ip -o addr show dev ipsec0 | grep -q " fd98::1/128 "'
check "it is what the gateway calls from" eval \
	'left ip route get 10.2.0.2 | grep -q "src 10.98.0.1"'
check "the name server is told" keyer_says left 'dns.*10\.2\.0\.53'
check_equal "that of NetBIOS is shown" 10.2.0.137 "$(tunnel_field left ike.nbns.0)"
check "IPv4" left ping -c 2 -i 0.2 -W $((2 * TIME_SCALE)) "$HOST_B"
check "IPv6" left ping -c 2 -i 0.2 -W $((2 * TIME_SCALE)) "$HOST_B6"
check "down" keyer left tunnel down site
check "the address is gone" wait_for 2 eval \
	'! left ip -o addr show dev ipsec0 | grep -q " 10.98.0.1/32 "'
