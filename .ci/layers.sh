#!/usr/bin/env bash
# Whether every #include points down the layers, and every library stays in its home.
# CMakeLists.txt links by the same table; the includes of one layer are all it can ever do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

#  layer        files                          may include, besides itself
layers='
   base         vault/base/                    -
   policy       policy/                        base
   cert         vault/cert/                    base
   store        vault/store/                   base
   keeper       vault/keeper/                  store cert base
   wire         vault/wire/                    cert base
   client       vault/client/                  wire cert base
   opener_run   vault/opener/job.              base
   opener_run   vault/opener/run               base
   opener       vault/opener/                  opener_run cert base
   daemon       vault/daemon/                  keeper policy wire opener_run cert base
   usbimport    usbimport/                     opener_run cert base
   download     tool/download/                 policy base
   sign         tool/sign/                     cert base
   pkcs11       tool/pkcs11/                    client wire policy cert base
   cli          tool/cli/                      client wire download sign usbimport policy opener_run cert base
   demo_server  tests/server/                  base
   bench        tests/bench/                   keeper store client wire opener_run cert base
'

#  header                          its homes
homes='
   sqlite3.h                       vault/store/ tests/server/ tests/bench/
   sodium.h                        vault/base/ vault/keeper/
   seccomp.h                       vault/base/confine
   openssl/*                       vault/opener/ vault/keeper/ vault/cert/ tool/sign/ tests/server/ tests/bench/
   tss2/*                          vault/keeper/
   curl/*                          tool/download/
   jansson.h                       tool/cli/ tool/download/ tests/server/
   nettle/*                        tool/pkcs11/
   nss/*                           tool/pkcs11/ tests/bench/
   libudev.h                       usbimport/
   microhttpd.h                    tests/server/
   qpdf/*                          tool/sign/
   ft2build.h                      tool/sign/
   fontconfig/*                    tool/sign/
'

faults=0
fault() {
	echo "$1" >&2
	faults=$((faults + 1))
}

# The layer of a file: the most particular row that its path begins with.
layer_of() {
	local layer prefix _ found='' found_size=0
	while read -r layer prefix _; do
		if [[ -n $prefix && $1 == "$prefix"* && ${#prefix} -gt $found_size ]]; then
			found=$layer
			found_size=${#prefix}
		fi
	done <<<"$layers"
	echo "$found"
}

declare -A may=()
while read -r layer _ uses; do
	[ -z "$layer" ] || may[$layer]=" $layer $uses "
done <<<"$layers"

# check_ours FILE LAYER INCLUDED
check_ours() {
	local target
	target=$(layer_of "$3")
	if [ -z "$target" ]; then
		fault "$1: $3 belongs to no layer, or is not included by its full path"
	elif [[ ${may[$2]} != *" $target "* ]]; then
		fault "$1: $2 may not use $target ($3)"
	fi
}

# check_library FILE HEADER
check_library() {
	local header where home
	while read -r header where; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ -n $header && $2 == $header ]] || continue
		for home in $where; do
			[[ $1 != "$home"* ]] || return 0
		done
		fault "$1: <$2> may be included only in: $where"
	done <<<"$homes"
}

while IFS=: read -r file line; do
	if [[ $line =~ ^[[:space:]]*\#[[:space:]]*include[[:space:]]*([\<\"])([^\>\"]+) ]]; then
		layer=$(layer_of "$file")
		if [ -z "$layer" ]; then
			fault "$file belongs to no layer"
		elif [ "${BASH_REMATCH[1]}" = '"' ]; then
			check_ours "$file" "$layer" "${BASH_REMATCH[2]}"
		else
			check_library "$file" "${BASH_REMATCH[2]}"
		fi
	fi
done < <(grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include' \
	vault policy tool usbimport tests/server tests/bench | sed -E 's/^([^:]+):[0-9]+:/\1:/')

# CMake must allow what this table allows.
while read -r name uses; do
	[ -n "${may[$name]:-}" ] || fault "CMakeLists.txt: the layer $name is not in .ci/layers.sh"
	for use in $uses; do
		[[ ${may[$name]:-} == *" $use "* ]] ||
			fault "CMakeLists.txt: $name links $use, which .ci/layers.sh does not allow"
	done
done < <(sed -nE 's/^kinko_layer\(([a-z_]+) .*USES ([a-z_ ]+).*/\1 \2/p' CMakeLists.txt)

[ "$faults" = 0 ] || exit 1
echo "layers: every include points down"
