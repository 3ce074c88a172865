#!/usr/bin/env bash
# Whether the programs of a hardened build are what they should be: .ci/binaries.sh build/bin
# The last line tells how many programs were looked at. A program that is not there is a fault.
set -euo pipefail
folder=${1:?which folder of programs}

# What parses PKCS#12 or writes a private key (OpenSSL's names): in kinko-opener and nowhere else.
# BN_bn2binpad is not among them: it writes the two halves of an ECDSA signature. Whatever could
# hand it a number of a private key is.
writers='^(PKCS12_|d2i_PKCS12|i2d_PKCS12|PKCS8_pkey_set|EVP_PKEY2PKCS8|i2d_PKCS8|i2d_[A-Za-z_]*PrivateKey|i2d_KeyParams|PEM_write_[A-Za-z0-9_]*PrivateKey|PEM_write_[A-Za-z0-9_]*PKCS8|OSSL_ENCODER_|EVP_PKEY_todata|EVP_PKEY_export|EVP_PKEY_print_private|EVP_PKEY_get_raw_private_key|EVP_PKEY_get_bn_param|EC_KEY_get0_private_key|EC_KEY_priv2|RSA_get0_(key|factors|crt_params|d|p|q)|DSA_get0_priv_key|BN_bn2(bin$|lebin|native|hex|dec|mpi)|BN_print)'
# Functions of ours that only the opener may hold: statically linked code shows in no dynamic table.
parser='^(open_original|library_open|sandbox_enter)$'

faults=0
fault() {
	echo "$1" >&2
	faults=$((faults + 1))
}

# has TEXT PATTERN
has() { grep -qE -- "$2" <<<"$1"; }

imported() { nm -D --undefined-only "$1" | sed 's/@.*//' | awk '{print $NF}'; }

look() {
	local name=$1 program=$folder/$1 headers dynamic names begin
	if [ ! -x "$program" ]; then
		fault "$program is not there"
		return
	fi
	headers=$(readelf -lW "$program")
	dynamic=$(readelf -dW "$program")
	names=$(imported "$program")
	begin=$(objdump -d --no-show-raw-insn "$program" | grep -A1 '<main>:$' || true)
	has "$dynamic" 'FLAGS_1.*\bPIE\b' || fault "$name: no position-independent program"
	has "$dynamic" 'FLAGS_1.*\bNOW\b' || fault "$name: its imports are not bound at the start"
	has "$headers" GNU_RELRO || fault "$name: its tables stay writable (RELRO)"
	has "$headers" 'GNU_STACK.* RW  ' || fault "$name: its stack can be executed"
	! has "$headers" 'LOAD.* RWE ' || fault "$name: memory both writable and executable"
	! has "$dynamic" 'TEXTREL|RPATH|RUNPATH' ||
		fault "$name: code is changed at the start, or libraries come from elsewhere"
	has "$names" '^__stack_chk_fail$' || fault "$name: no stack protector"
	has "$names" '^__(mem|str|sn?|vsn?|f|vf|as|vas|d)[a-z]*_chk$' ||
		fault "$name: no call is checked (_FORTIFY_SOURCE)"
	# The system's own start files carry no CET note, so that the linker leaves it out of every
	# program; our code is made for it all the same.
	has "$begin" endbr64 || fault "$name: not made for indirect branch tracking (CET)"
	# A name with a version is a variable of the C library, copied here by the linker.
	! has "$(nm -D --defined-only "$program" | grep -v @ || true)" . ||
		fault "$name: it exports names"
	if [ -u "$program" ] || [ -g "$program" ]; then
		fault "$name: it runs as another user"
	fi
}

# The module is loaded into other people's programs: it shows three names, brings in no OpenSSL, runs
# nothing when it is loaded (one start function, the compiler's own) and stays loaded.
look_module() {
	local module=$1 dynamic names
	if [ ! -f "$module" ]; then
		fault "$module is not there"
		return
	fi
	dynamic=$(readelf -dW "$module")
	names=$(nm -D --defined-only "$module" | awk '{print $NF}' | sort | xargs)
	has "$dynamic" 'FLAGS_1.*\bNOW\b' || fault "$module: its imports are not bound at the start"
	has "$dynamic" 'FLAGS_1.*\bNODELETE\b' || fault "$module: it can be unloaded"
	has "$(readelf -lW "$module")" GNU_RELRO || fault "$module: its tables stay writable (RELRO)"
	! has "$dynamic" 'TEXTREL|RPATH|RUNPATH' ||
		fault "$module: code is changed at the start, or libraries come from elsewhere"
	! has "$dynamic" 'NEEDED.*lib(crypto|ssl)' || fault "$module: it brings in OpenSSL"
	has "$dynamic" 'INIT_ARRAYSZ.* 8 ' || fault "$module: it runs code when it is loaded"
	[ "$names" = 'C_GetFunctionList C_GetInterface C_GetInterfaceList' ] ||
		fault "$module: it shows: $names"
	! imported "$module" | grep -E "$writers" || fault "$module: it could write a private key"
}

# holds_keys PROGRAM: whether it can parse PKCS#12 or write a private key
holds_keys() {
	imported "$folder/$1" | grep -E "$writers" ||
		nm "$folder/$1" 2>/dev/null | awk '{print $NF}' | grep -E "$parser"
}

programs=(kinkod kinko kinko-opener)
for program in "${programs[@]}"; do
	look "$program"
done
look_module "$folder/../lib/kinko-pkcs11.so"
for program in kinkod kinko; do
	if holds_keys "$program"; then
		fault "$program: it links what only kinko-opener may"
	fi
done
# The same look at the opener must find them, or it finds nothing anywhere.
holds_keys kinko-opener >/dev/null || fault "kinko-opener: no parser was found in it"

[ "$faults" = 0 ] || exit 1
echo "binaries: ${#programs[@]} programs and the module hardened, no private-key writer or PKCS#12 parser but in kinko-opener"
