#!/bin/sh
# Brings po/ja.po up to date with the message ids of the sources: _("...") and N_("...").
# With --check nothing is written: it fails when a message has no Japanese, or is not in the file.
set -eu

cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sorted, without line numbers: the file changes only where a message does.
find policy vault usbimport tool \( -name '*.c' -o -name '*.h' -o -name '*.def' \) | LC_ALL=C sort |
	xgettext --files-from=- --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ \
		--add-comments=TRANSLATORS: --omit-header --no-location --no-wrap \
		--output="$work/kinko.pot"
msgmerge --quiet --no-fuzzy-matching --no-wrap --sort-output po/ja.po "$work/kinko.pot" \
	--output-file="$work/merged.po"
msgattrib --no-obsolete --no-wrap --sort-output "$work/merged.po" --output-file="$work/ja.po"
msgfmt --check --output-file=/dev/null "$work/ja.po"
untranslated=$(msgattrib --untranslated --no-wrap "$work/ja.po")

if [ "${1:-}" != --check ]; then
	cp "$work/ja.po" po/ja.po
elif ! cmp -s "$work/ja.po" po/ja.po; then
	echo "po/ja.po is not up to date; please run: po/update.sh" >&2
	exit 1
fi
if [ -n "$untranslated" ]; then
	printf '%s\n' "$untranslated" >&2
	exit 1
fi
