#!/usr/bin/env bash
# The table of messages in docs/protocol.md is vault/wire/messages.def, between the two markers:
#     <!-- messages: made by .ci/protocol.sh --write -->   and   <!-- messages end -->
# Without --write: whether it still is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

document=docs/protocol.md
begin='<!-- messages: made by .ci/protocol.sh --write -->'
end='<!-- messages end -->'

lower() { tr '[:upper:]' '[:lower:]' <<<"$1"; }

table() {
	echo "$begin"
	echo '| number | message | needs the session to be | asks the policy | carries a secret | may wait |'
	echo '|---|---|---|---|---|---|'
	sed -nE 's/^MESSAGE\(([0-9]+), *([a-z_]+), *SESSION_([A-Z_]+), *ACTION_([A-Z_]+), *([A-Z]+), *([A-Z]+)\).*/\1 \2 \3 \4 \5 \6/p' \
		vault/wire/messages.def | while read -r number name needs asks kind pace; do
		[ "$asks" != NONE ] || asks='-'
		[ "$kind" = SECRET ] && kind=yes || kind=no
		[ "$pace" = SLOW ] && pace=yes || pace=no
		# shellcheck disable=SC2016 # the backquotes are Markdown
		printf '| %s | `%s` | %s | %s | %s | %s |\n' "$number" "$name" \
			"$(lower "${needs//_/ }")" "$(lower "$asks")" "$kind" "$pace"
	done
	echo "$end"
}

# What the document should be.
wanted() {
	awk -v line="$begin" '$0 == line { exit } { print }' "$document"
	table
	awk -v line="$end" 'after { print } $0 == line { after = 1 }' "$document"
}

if ! grep -qxF "$begin" "$document" || ! grep -qxF "$end" "$document"; then
	echo "$document: the two markers of the table are missing" >&2
	exit 1
fi
[ "$(table | grep -c '^| [0-9]')" = "$(grep -c '^MESSAGE(' vault/wire/messages.def)" ] || {
	echo "vault/wire/messages.def: a row has a form that .ci/protocol.sh does not read" >&2
	exit 1
}
if [ "${1:-}" = --write ]; then
	wanted >"$document.new"
	mv "$document.new" "$document"
elif ! diff -u "$document" <(wanted); then
	echo "$document is not what messages.def says; run: .ci/protocol.sh --write" >&2
	exit 1
else
	echo "protocol: the table is messages.def"
fi
