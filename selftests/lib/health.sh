# SPDX-License-Identifier: MIT
# The module's coming and going, and the marks of a bug that a test would
# otherwise pass over: a splat in the kernel log, a namespace, device, process
# or module reference left behind.

SPLAT='WARNING:|BUG:|BUG [a-z]|Oops|general protection|suspicious RCU|possible recursive locking|circular locking|inconsistent lock|unregister_netdevice: waiting|Call Trace|KASAN|UBSAN|kmemleak:|list_(add|del) corruption|refcount_t|rcu:.*stall|soft lockup|scheduling while atomic|sleeping function'
HEALTH_MARK=
HEALTH_PIDS=()

health_begin() {
	# What leaked before is another's.
	[ ! -w /sys/kernel/debug/kmemleak ] || echo clear >/sys/kernel/debug/kmemleak
	HEALTH_MARK="ipsecvif-test $TEST_NAME $$ $EPOCHREALTIME"
	echo "$HEALTH_MARK" >/dev/kmsg
}

# The kernel log since the test began.
kernel_log() {
	dmesg | sed "1,/$HEALTH_MARK/d"
}

# What lockdep says of nf_tables' own lists, which a mutex guards that it does not
# know of, is the kernel's affair: from that warning to the end of its trace.
without_nf_tables() {
	awk '
		/WARNING: suspicious RCU usage/ { held = $0; holding = 1; trace = 0; foreign = 0; next }
		holding {
			if (/net\/netfilter\/nf(t|_tables)_[a-z_]*\.c:/) foreign = 1
			if (/Call Trace:/) trace = 1
			if (!trace || /Call Trace:/ || /\[<[0-9a-f]+>\]|<TASK>|\+0x[0-9a-f]+\//) {
				held = held "\n" $0
				next
			}
			if (!foreign) print held
			holding = 0
		}
		{ print }
		END { if (holding && !foreign) print held }'
}

kernel_is_quiet() {
	! kernel_log | without_nf_tables | grep -E -A 30 "$SPLAT"
}

# The modules that insmod would miss.
module_load() {
	local depends

	[ -e "$MODULE" ] || bail "ipsecvif.ko is built for $(uname -r)" "there is no $MODULE"
	[ -e /sys/module/ipsecvif ] && return
	depends=$(modinfo -F depends "$MODULE" | tr , ' ')
	# shellcheck disable=SC2086
	[ -z "$depends" ] || modprobe -a $depends || return
	# As udev does where there is one: the CPU's own instructions.
	[ "${CIPHERS:-fast}" = generic ] || modprobe -aq aesni_intel ghash_clmulni_intel sha256_ssse3
	insmod "$MODULE" ${SPREAD:+spread="$SPREAD"}
}

module_parameter() { # NAME VALUE
	echo "$2" >"/sys/module/ipsecvif/parameters/$1"
}

module_unload() {
	rmmod ipsecvif
}

# A process of the test in a namespace, ended at its end. Not by the function
# named for the namespace: $! would be that of a shell around the process.
background() { # NETNS COMMAND...
	ip netns exec "$@" &
	HEALTH_PIDS+=($!)
}

processes_end() {
	local pid

	for pid in "${HEALTH_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${HEALTH_PIDS[@]}"; do
		wait_for 5 eval "! kill -0 $pid" || kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	HEALTH_PIDS=()
}

devices_left() {
	! ip -o link show type ipsecvif 2>/dev/null | grep .
}

# Everything that a test or the demonstration may have started.
stop_all() {
	capture_stop_all
	keyer_stop_all
	charon_stop_all
	processes_end
	topology_down
}

# On a kernel with kmemleak: what nothing points to any more. It takes two scans,
# since what was just freed by RCU may still be on some stack.
nothing_leaks() {
	local file=/sys/kernel/debug/kmemleak

	for _ in 1 2 3; do
		echo scan >$file || return
		grep -q . $file || return 0
	done
	cat $file
	return 1
}

health_end() {
	stop_all
	wait_for 10 no_netns_left
	check "no network namespace is left" no_netns_left
	if [ -e /sys/module/ipsecvif ]; then
		check "no ipsecvif device is left" devices_left
		wait_for 10 module_unused
		check "the module can be unloaded" module_unload
	fi
	[ ! -w /sys/kernel/debug/kmemleak ] || check "nothing leaks" nothing_leaks
	check "the kernel log is clean" kernel_is_quiet
}

module_unused() {
	[ "$(cat /sys/module/ipsecvif/refcnt)" = 0 ]
}

no_netns_left() {
	! ip netns list | grep .
}
