#!/usr/bin/env bash
# Calls that have no place in this code: those that cannot be bounded, those that ask a shell,
# and a comparison of secrets that tells by its time how far they agree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sources() { git ls-files -co --exclude-standard "$@"; }

status=0
# refuse WHY PATTERN FILE...
refuse() {
	local why=$1 pattern=$2
	shift 2
	if [ $# -gt 0 ] && grep -nE "$pattern" "$@" /dev/null; then
		echo "banned: $why" >&2
		status=1
	fi
}

mapfile -t all < <(sources 'vault/*.[ch]' 'policy/*.[ch]' 'tool/*.[ch]' 'usbimport/*.[ch]' 'tests/*.[ch]')
mapfile -t ours < <(sources 'vault/*.[ch]' 'policy/*.[ch]' 'tool/*.[ch]' 'usbimport/*.[ch]')

refuse 'unbounded, or through a shell' \
	'\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|system|popen|mktemp|tmpnam|tempnam|alloca|strtok)[[:space:]]*\(' \
	"${all[@]}"
refuse 'secrets are compared with secret_equal or sodium_memcmp' \
	'\b(memcmp|bcmp|strcmp|strncmp)[[:space:]]*\(.*(secret_view|secret_bytes|pin_text|->pin\b)' "${ours[@]}"
refuse 'a wipe that the compiler may leave out; secret_wipe' \
	'\bmemset[[:space:]]*\(.*(secret_bytes|pin|key)\b.*,[[:space:]]*0,' "${ours[@]}"
refuse 'goto' '^[[:space:]]*goto[[:space:]]' "${all[@]}"
refuse 'unfinished work' '\b(TODO|FIXME|XXX|HACK)\b' "${all[@]}"
[ "$status" = 0 ] || exit 1
echo "banned: no such call"
