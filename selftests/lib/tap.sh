# SPDX-License-Identifier: MIT
# TAP 13 for shell tests. A test sources lib/test.sh (which sets TAP_LOG and
# WAIT_PIPE), calls the functions below, and ends; the plan and the health
# checks are printed at its exit.

TAP_COUNT=0
TAP_FAILED=0
TAP_PLANNED=

tap_result() { # ok|"not ok" DESCRIPTION
	TAP_COUNT=$((TAP_COUNT + 1))
	[ "$1" = ok ] || TAP_FAILED=$((TAP_FAILED + 1))
	printf '%s %d - %s\n' "$1" "$TAP_COUNT" "${2//#/\\#}"
}

# Lines of diagnostics, from the arguments or from stdin.
diag() {
	if [ $# -gt 0 ]; then printf '%s\n' "$*"; else cat; fi | sed 's/^/# /'
}

pass() {
	tap_result ok "$1"
}

fail() { # DESCRIPTION [EXPLANATION]
	tap_result 'not ok' "$1"
	[ -z "${2:-}" ] || diag "$2"
	return 1
}

# check DESCRIPTION COMMAND...: one test point, passed if the command succeeds.
# What it printed is shown when it does not.
check() {
	local description=$1 status start=${EPOCHREALTIME/[.,]/}

	shift
	"$@" >"$TAP_LOG" 2>&1
	status=$?
	start=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	[ $start -lt 3000 ] || diag "the next one took $start ms"
	if [ $status = 0 ]; then
		pass "$description"
		return 0
	fi
	fail "$description" "failed ($status): $*"
	tail -n 40 "$TAP_LOG" | diag
	return $status
}

# The opposite: passed if the command fails by itself (not by a signal, and not
# since it is absent).
check_not() {
	local description=$1 status

	shift
	"$@" >"$TAP_LOG" 2>&1
	status=$?
	if [ $status -gt 0 ] && [ $status -lt 126 ]; then
		pass "$description"
		return 0
	fi
	fail "$description" "should have failed, and ended with $status: $*"
	tail -n 40 "$TAP_LOG" | diag
	return 1
}

check_equal() { # DESCRIPTION WANTED FOUND
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "wanted '$2', found '$3'"
	fi
}

# check_match DESCRIPTION REGEX TEXT
check_match() {
	if [[ $3 =~ $2 ]]; then
		pass "$1"
	else
		fail "$1" "wanted a match of /$2/, found: $3"
	fi
}

skip() { # DESCRIPTION REASON
	TAP_COUNT=$((TAP_COUNT + 1))
	printf 'ok %d - %s # SKIP %s\n' "$TAP_COUNT" "$1" "$2"
}

# points COMMAND...: its lines "ok ...", "ok ... # SKIP why" and "not ok ..." as
# points of this test, and all others as diagnostics.
points() {
	local line seen=0

	while IFS= read -r line; do
		case $line in
		'ok '*' # SKIP '*)
			line=${line#ok }
			skip "${line% # SKIP *}" "${line##* # SKIP }"
			;;
		'ok '*) pass "${line#ok }" ;;
		'not ok '*) fail "${line#not ok }" ;;
		*) diag "${line#\# }" ;;
		esac
		seen=1
	done < <("$@" 2>&1 || echo "not ok $* ended with an error")
	[ $seen = 1 ] || fail "$* said nothing"
}

# Ends the whole test: what follows cannot work. It counts as one failure.
bail() {
	fail "$1" "${2:-}"
	exit 1
}

tap_plan() {
	[ "$TAP_PLANNED" ] && return
	TAP_PLANNED=1
	printf '1..%d\n' "$TAP_COUNT"
}

# Emulated CPUs are slow: time limits are written for a real one, and stretched.
: "${TIME_SCALE:=8}"

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * TIME_SCALE * 1000000))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt $end ] || return 1
		read -rt 0.05 <>"$WAIT_PIPE"
	done
	return 0
}
