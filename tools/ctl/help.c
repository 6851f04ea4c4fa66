// SPDX-License-Identifier: MIT
/*
 * What help prints. ipsecvif(8) has the long form.
 */
#include <string.h>

#include "tools/ctl/ctl.h"

static const char help_command[] =
	"Usage: ipsecvif [ OPTIONS ] OBJECT { COMMAND | help }\n"
	"       ipsecvif [ -force ] -batch FILE\n"
	"where  OBJECT := { dev | sa | selector | drops | monitor | caps |\n"
	"                   tunnel | reload | check | metrics | psk }\n"
	"       OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -d[etails] |\n"
	"                    -t[imestamp] | -n[etns] NETNS | -S[ocket] SOCKET |\n"
	"                    -b[atch] FILE | -f[orce] | -V[ersion] | -h[elp] }\n"
	"\n"
	"dev, sa, selector, drops, caps speak to the kernel module, and need no daemon;\n"
	"tunnel, reload, metrics speak to ipsecvifd; monitor listens to both.\n";

static const char help_dev[] =
	"Usage: ipsecvif dev show [ [ dev ] NAME ]\n"
	"       ipsecvif dev set [ dev ] NAME [ local ADDR ] [ remote ADDR ]\n"
	"               [ fwmark N ] [ underlay { DEV | IFINDEX | any } ]\n"
	"               [ df { copy | set | clear } ] [ ttl { N | inherit } ]\n"
	"               [ dscp { copy | clear } ] [ flow-label { sa | copy | zero } ]\n"
	"               [ udp-csum { on | off } ] [ mtu auto ]\n"
	"               [ hold N ] [ strict { on | off } ]\n"
	"\n"
	"local any and remote any clear an address.\n"
	"A device is created with  ip link add NAME type ipsecvif\n"
	"        and deleted with  ip link del NAME\n";

static const char help_sa[] =
	"Usage: ipsecvif sa add dev NAME dir { in | out } [ ID ] ALGO [ mode MODE ]\n"
	"               [ replay-window N ] [ flag esn ] [ tfc { BYTES | mtu } ]\n"
	"               [ COMP ] [ ENCAP ] [ LIMIT ]...\n"
	"               [ sel SELECTOR ] [ replay-seq N ] [ replay-oseq N ]\n"
	"               [ replay-seq-hi N ] [ replay-oseq-hi N ] [ and dir OTHER ... ]\n"
	"       ipsecvif sa update dev NAME dir DIR spi SPI [ src ADDR ] [ dst ADDR ]\n"
	"               [ ENCAP ] [ LIMIT ]...\n"
	"       ipsecvif sa { get | del } dev NAME dir DIR spi SPI [ dst ADDR ] [ proto P ]\n"
	"       ipsecvif sa show [ dev NAME ] [ dir DIR ] [ ID ]\n"
	"       ipsecvif sa flush dev NAME [ dir DIR ]\n"
	"       ipsecvif sa allocspi dev NAME [ proto P ]\n"
	"where  ID := [ src ADDR ] [ dst ADDR ] [ proto { esp | ah } ] [ spi SPI ]\n"
	"       ALGO := aead NAME KEY [ ICV-BITS ] |\n"
	"               enc NAME KEY auth-trunc NAME KEY ICV-BITS\n"
	"               auth-trunc NAME KEY ICV-BITS (proto ah)\n"
	"       COMP := comp deflate [ cpi N ]\n"
	"       KEY := 0xHEX | \"text\" | @FILE (mode 0600; kept off the command line)\n"
	"       MODE := tunnel | transport\n"
	"       ENCAP := encap espinudp SPORT DPORT [ OADDR ] | encap none\n"
	"       LIMIT := limit { time-soft | time-hard | idle-soft | idle-hard } DURATION |\n"
	"                limit { byte-soft | byte-hard | packet-soft | packet-hard } SIZE\n"
	"       DURATION := N[s|m|h|d|w]   SIZE := N[k|M|G|T|Ki|Mi|Gi|Ti]\n"
	"\n"
	"Without src and dst an SA has the device's local and remote addresses. An\n"
	"inbound SA without spi gets one of the kernel's choice, which is printed.\n"
	"With \"and\" a pair is added, both or neither; a sel of either is of both.\n"
	"The words are those of ip xfrm state; reqid, mark, if_id and seq are not\n"
	"needed, and left out with a note. caps lists the algorithms.\n";

static const char help_selector[] =
	"Usage: ipsecvif selector add dev NAME SELECTOR [ sa SPI ]\n"
	"       ipsecvif selector del dev NAME SELECTOR\n"
	"       ipsecvif selector show [ dev NAME ]\n"
	"       ipsecvif selector flush dev NAME\n"
	"where  SELECTOR := [ src NET ] [ dst NET ] [ proto PROTO [ UPPER ] ]\n"
	"       NET := PREFIX | ADDR-ADDR | any\n"
	"       UPPER := [ sport N[-M] ] [ dport N[-M] ] | type N[-M] [ code N[-M] ]\n"
	"\n"
	"src is our side, dst the peer's. The side left out is any. type and code are\n"
	"those of icmp or ipv6-icmp. A packet takes the most specific selector.\n"
	"A device without selectors carries whatever is routed into it.\n";

static const char help_drops[] =
	"Usage: ipsecvif [ -d ] drops [ dev NAME ]\n"
	"\n"
	"Every reason for which packets were dropped: how many, what it means, and\n"
	"what would help. -d shows the reasons that never struck, too.\n";

static const char help_monitor[] =
	"Usage: ipsecvif [ -t ] [ -j ] monitor [ all | kernel | tunnel ] [ dev NAME ]\n"
	"\n"
	"Prints events as they happen, one a line: those of the module, and, if a\n"
	"daemon runs, its steps. -t says when; -j prints a JSON object a line.\n";

static const char help_tunnel[] =
	"Usage: ipsecvif tunnel up NAME[/CHILD] [ timeout DURATION ]\n"
	"       ipsecvif tunnel down NAME[/CHILD] [ timeout DURATION ]\n"
	"       ipsecvif tunnel list\n"
	"       ipsecvif tunnel show [ NAME ]\n"
	"       ipsecvif tunnel why NAME\n"
	"       ipsecvif tunnel rekey NAME[/CHILD]\n"
	"       ipsecvif tunnel debug NAME { on | off }\n"
	"\n"
	"up prints each step as it happens, and returns when the tunnel stands or has\n"
	"failed; then it says why. why tells it later. rekey asks for new keys, of the\n"
	"IKE SA or of a child, ahead of their time. debug has the daemon log all that\n"
	"concerns one tunnel, until it is set off or the tunnel is removed.\n";

static const char help_reload[] =
	"Usage: ipsecvif reload [ --dry-run ]\n"
	"\n"
	"Has the daemon read its configuration anew and apply what changed; tunnels\n"
	"that did not change are not touched. --dry-run only tells what would happen.\n";

static const char help_check[] =
	"Usage: ipsecvif check [ FILE ]\n"
	"\n"
	"Reads a configuration (default /etc/ipsecvif) as the daemon would, and says\n"
	"what is wrong with it, as FILE:LINE:COLUMN: sentence. No daemon need run.\n";

static const char help_caps[] =
	"Usage: ipsecvif caps\n"
	"\n"
	"The algorithms that the running kernel offers, with the lengths of keys,\n"
	"salts and integrity check values in bits.\n";

static const char help_metrics[] =
	"Usage: ipsecvif metrics [ FILE ]\n"
	"\n"
	"States and counters of all tunnels as Prometheus reads them. With FILE it is\n"
	"replaced as a whole, for node_exporter's textfile collector.\n";

static const char help_psk[] =
	"Usage: ipsecvif psk generate [ FILE ]\n"
	"\n"
	"Prints a random pre-shared key of 264 bits, or writes it to FILE (mode 0600),\n"
	"which must not exist.\n";

int help_print(struct ctl *ctl, const char *object)
{
	static const struct {
		const char *object;
		const char *text;
	} helps[] = {
		{ "dev", help_dev },	       { "sa", help_sa },
		{ "selector", help_selector }, { "drops", help_drops },
		{ "monitor", help_monitor },   { "tunnel", help_tunnel },
		{ "reload", help_reload },     { "check", help_check },
		{ "caps", help_caps },	       { "metrics", help_metrics },
		{ "psk", help_psk },
	};
	size_t i;

	for (i = 0; object && i < ARRAY_SIZE(helps); i++) {
		if (!strcmp(helps[i].object, object)) {
			fputs(helps[i].text, ctl->out);
			return CTL_OK;
		}
	}
	fputs(help_command, ctl->out);
	return CTL_OK;
}
