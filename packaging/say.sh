# shellcheck shell=bash
# The language of ./run and what it calls: Japanese where the locale says so, else English.

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
ja*) japanese=yes ;;
*) japanese='' ;;
esac

# say ENGLISH JAPANESE
say() {
	if [ -n "$japanese" ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

give_up() {
	say "$@" >&2
	exit 1
}
