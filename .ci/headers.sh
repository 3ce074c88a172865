#!/usr/bin/env bash
# Whether every header compiles alone, with the flags of a build folder: .ci/headers.sh build/asan
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:?which build folder}

# The flags are those of one source of that build, without its input, output and dependencies.
flags=$(python3 - "$build/compile_commands.json" <<'PYTHON'
import json, shlex, sys
words = shlex.split(json.load(open(sys.argv[1]))[0]["command"])[1:]
kept = [word for word in words if word.startswith(("-f", "-W", "-std", "-D_", "-DKINKO_SAN", "-O"))]
print(*kept)
PYTHON
)
includes=$(pkg-config --cflags libcrypto libsodium sqlite3 libcurl jansson libudev libmicrohttpd nettle nss)

alone() {
	# shellcheck disable=SC2086 # lists of words are meant
	printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
		gcc -x c -fsyntax-only -I. $flags $includes - || {
		echo "$1 does not compile alone" >&2
		exit 255
	}
}
export -f alone
export flags includes

git ls-files -co --exclude-standard 'vault/*.h' 'policy/*.h' 'tool/*.h' 'usbimport/*.h' \
	'tests/server/*.h' | xargs -P 2 -I{} bash -c 'alone {}'
echo "headers: each compiles alone"
