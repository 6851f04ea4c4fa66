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

# The kernel source of Debian's linux-source-6.12, unpacked once into the cache:
# prints its directory. The caller holds a lock.
linux_source() {
	local dir tmp

	dir=$(cache_dir)/uml/source tmp=$dir.tmp
	if [ ! -d "$dir" ]; then
		rm -rf "$tmp"
		mkdir -p "$tmp/deb"
		say FETCH linux-source-6.12
		(cd "$tmp" && apt-get download -qq -o APT::Sandbox::User=root linux-source-6.12 >&2) ||
			die "apt-get download linux-source-6.12 failed" 2
		dpkg-deb -x "$tmp"/*.deb "$tmp/deb" &&
			tar -C "$tmp" -xf "$tmp"/deb/usr/src/linux-source-6.12.tar.xz &&
			mv -T "$tmp"/linux-source-6.12 "$dir" || die "linux-source-6.12 cannot be unpacked"
		rm -rf "$tmp"
	fi
	printf '%s\n' "$dir"
}
