#!/usr/bin/env bash
# Whether every sentence of the sources has its Japanese, none is doubtful, none is left over, and
# {} and printf's % stand in both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git ls-files '*.c' '*.h' | grep -v '^tests/' |
	xgettext --files-from=- --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ \
		--keyword=ngettext:1,2 --omit-header -o "$work/sources.po"

status=0
for file in po/*.po; do
	msgfmt --check --output-file=/dev/null "$file" || status=1
	# Only what the sources say, with the translations there are.
	msgmerge --quiet --no-fuzzy-matching --output-file="$work/merged.po" "$file" "$work/sources.po"
	msgattrib --untranslated --no-obsolete "$work/merged.po" >"$work/missing.po"
	msgattrib --only-fuzzy --no-obsolete "$file" >"$work/doubtful.po"
	msgattrib --only-obsolete "$work/merged.po" >"$work/left.po"
	for kind in missing doubtful left; do
		if [ -s "$work/$kind.po" ]; then
			printf '%s: %s\n' "$file" "$kind" >&2
			cat "$work/$kind.po" >&2
			status=1
		fi
	done
	python3 .ci/po_holes.py "$work/merged.po" || status=1
done
[ "$status" = 0 ] || exit 1
echo "po: every sentence has its Japanese"
