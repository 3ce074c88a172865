#!/usr/bin/env bash
# Every check that needs no run of the programs: .ci/checks.sh BUILD, a folder that cmake has
# configured (its compile_commands.json is used). ./run check calls it. Each check is a script or
# a tool of its own, to be run at the desk as it stands here. All run; one fault fails.
# shellcheck disable=SC2317 # the functions are called by name
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
build=${1:?which build folder}

list() { git ls-files -co --exclude-standard "$@"; }

format() {
	local files
	files=$(list '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1 |
		sed -n 's/^\([^ :]*\):[0-9].*clang-format-violations.*/\1/p' | sort -u)
	if [ -n "$files" ]; then
		printf 'please run clang-format -i on:\n%s\n' "$files" >&2
		return 1
	fi
	echo "format: as .clang-format says"
}

tidy() {
	list 'vault/*.c' 'policy/*.c' 'tool/*.c' 'usbimport/*.c' |
		xargs -P 2 -n 8 clang-tidy --quiet -p "$build" 2>/dev/null && echo "clang-tidy: nothing found"
}

cppcheck_all() {
	list 'vault/*.c' 'policy/*.c' 'tool/*.c' 'usbimport/*.c' |
		cppcheck --quiet -j 2 --file-list=- --std=c11 --enable=warning,performance \
			--inline-suppr --error-exitcode=1 --suppressions-list=.ci/cppcheck.txt -I . \
			--library=posix -D_GNU_SOURCE && echo "cppcheck: nothing found"
}

shell() {
	{
		list '*.sh'
		echo run
		echo .ci/run
	} | sort -u | xargs shellcheck -x && echo "shellcheck: nothing found"
}

status=0
for check in format .ci/layers.sh .ci/banned.sh ".ci/headers.sh $build" .ci/protocol.sh .ci/po.sh \
	shell cppcheck_all tidy; do
	$check || {
		echo "FAILED: $check" >&2
		status=1
	}
done
exit "$status"
