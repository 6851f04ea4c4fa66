# SPDX-License-Identifier: MIT
# Sourced by the other scripts: where things are, and how to speak.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
: "${O:=build}" "${KERNELS:=6.1 6.12}"
case $O in
/*) out=$O ;;
*) out=$top/$O ;;
esac

# A progress line; stdout is kept for results.
say() {
	printf '  %-7s %s\n' "$1" "$2" >&2
}

die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	exit "${2:-1}"
}

# The cache outside of the tree, shared by all clones. Kbuild and 9p want no
# space or colon in paths, so an unfit one is replaced, and said.
cache_dir() {
	local dir=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ipsecvif

	case $dir in
	*[[:space:]:]*)
		say CACHE "'$dir' has a space or colon in it, which Kbuild cannot take: using /var/tmp/ipsecvif-$UID"
		dir=/var/tmp/ipsecvif-$UID
		;;
	esac
	mkdir -p "$dir" || return
	printf '%s\n' "$dir"
}

# A word that is this clone's own: for names in places that clones share.
clone_id() {
	printf '%s' "$top" | sha1sum | cut -c1-12
}
