#!/bin/sh
# make.sh FOLDER - how the originals beside this file were made, by the tools people use: OpenSSL,
# GnuTLS (certtool), NSS (pk12util) and Java (keytool). Keys, names and PINs are DEMO ones. The
# result differs at each run; the tests do not run this, they read the files that are here.
set -eu
export LC_ALL=C.UTF-8
out=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
PIN=demo1234
NAME='司法書士 太郎'
SUBJECT='/C=JP/O=DEMO Office/CN=DEMO Taro/UID=demo0001'

# One certificate of its own for each kind of key.
key() { # NAME genpkey-arguments...
	name=$1
	shift
	openssl genpkey -out "$name.key" "$@" 2>/dev/null
	openssl req -x509 -new -key "$name.key" -out "$name.crt" -days 36500 -subj "$SUBJECT"
}
pack() { # FILE KEY export-arguments...
	file=$1 key=$2
	shift 2
	openssl pkcs12 -export -inkey "$key.key" -in "$key.crt" -name "$NAME" -passout "pass:$PIN" \
		-out "$out/$file.p12" "$@"
}
pack_old() { # the same, with the algorithms OpenSSL has put aside
	pack "$@" -provider default -provider legacy
}

key demo -algorithm RSA -pkeyopt rsa_keygen_bits:2048

# The main road, and each algorithm OpenSSL can write.
pack openssl-modern demo
pack openssl-legacy demo -legacy
pack windows-old demo -legacy -LMK -CSP 'Microsoft Enhanced RSA and AES Cryptographic Provider'
for cipher in AES-128-CBC AES-192-CBC AES-256-CBC AES-256-CFB AES-256-OFB DES-CBC DES-EDE3-CBC RC2-CBC \
	CAMELLIA-128-CBC CAMELLIA-256-CBC ARIA-128-CBC ARIA-256-CBC SEED-CBC SM4-CBC BF-CBC CAST5-CBC; do
	pack_old "pbes2-$cipher" demo -keypbe $cipher -certpbe $cipher
done
for scheme in PBE-SHA1-RC4-128 PBE-SHA1-RC4-40 PBE-SHA1-3DES PBE-SHA1-2DES PBE-SHA1-RC2-128 PBE-SHA1-RC2-40 \
	PBE-MD5-DES PBE-SHA1-DES PBE-MD5-RC2-64 PBE-SHA1-RC2-64; do
	pack "$scheme" demo -legacy -keypbe $scheme -certpbe $scheme
done
for mac in md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256 ripemd160; do
	pack_old "mac-$mac" demo -macalg $mac
done
pack plain-certificate demo -certpbe NONE
pack plain-key demo -keypbe NONE
pack one-round demo -noiter -nomaciter
pack no-mac demo -nomac
openssl pkcs12 -export -inkey demo.key -in demo.crt -passout "pass:$PIN" -out "$out/no-name.p12"
openssl pkcs12 -export -inkey demo.key -in demo.crt -passout pass: -out "$out/empty-pin.p12"
openssl pkcs12 -export -nocerts -inkey demo.key -passout "pass:$PIN" -out "$out/no-certificate.p12"
openssl pkcs12 -export -nokeys -in demo.crt -passout "pass:$PIN" -out "$out/no-key.p12"

# Kinds of keys: eight that are supported, the rest to be refused by name.
key rsa-4096 -algorithm RSA -pkeyopt rsa_keygen_bits:4096
key rsa-8192 -algorithm RSA -pkeyopt rsa_keygen_bits:8192
key rsa-1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
for curve in P-256 P-384 P-521 secp256k1 brainpoolP256r1; do
	key $curve -algorithm EC -pkeyopt ec_paramgen_curve:$curve -pkeyopt ec_param_enc:named_curve
done
key explicit -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
key ed25519 -algorithm ED25519
key ed448 -algorithm ED448
key rsa-pss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -out dsa.param 2>/dev/null
key dsa -paramfile dsa.param
for kind in rsa-4096 rsa-8192 rsa-1024 P-256 P-384 P-521 secp256k1 brainpoolP256r1 explicit ed25519 ed448 \
	rsa-pss dsa; do
	pack "key-$kind" $kind
done

# A chain of three.
key root -algorithm EC -pkeyopt ec_paramgen_curve:P-256
openssl req -new -x509 -key root.key -out root.crt -days 36500 -subj '/C=JP/O=DEMO CA/OU=DEMO CA Root' \
	-addext basicConstraints=critical,CA:TRUE
issue() { # NAME KEY ISSUER SUBJECT EXTENSIONS
	openssl req -new -key "$2.key" -subj "$4" -out "$1.csr"
	printf '%s\n' "$5" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -days 36500 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}
openssl genpkey -out middle.key -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null
issue middle middle root '/C=JP/O=DEMO CA/OU=DEMO CA G3' basicConstraints=critical,CA:TRUE
cp demo.key leaf.key
issue leaf leaf middle "$SUBJECT" basicConstraints=critical,CA:FALSE
cat middle.crt root.crt >chain.crt
pack chain leaf -certfile chain.crt

# PINs beyond ASCII.
hard() { # FILE PIN export-arguments...
	file=$1 pin=$2
	shift 2
	openssl pkcs12 -export -inkey demo.key -in demo.crt -passout "pass:$pin" -out "$out/$file.p12" "$@"
}
hard pin-kana-modern 'ひらがな金庫'
hard pin-kana-legacy 'ひらがな金庫' -legacy
hard pin-surrogate-modern 'ピン𠮷1'
hard pin-surrogate-legacy 'ピン𠮷1' -legacy
hard pin-latin-modern "$(printf 'caf\351')"
hard pin-latin-legacy "$(printf 'caf\351')" -legacy

# GnuTLS. It writes the UTF-8 bytes of names as characters.
for cipher in 3des 3des-pkcs12 aes-128 aes-192 aes-256 rc2-40 arcfour gost28147-tc26z; do
	certtool --to-p12 --load-privkey demo.key --load-certificate demo.crt --p12-name '名前𠮷' \
		--password "$PIN" --pkcs-cipher $cipher --outder --outfile "$out/gnutls-$cipher.p12" >/dev/null 2>&1
done
certtool --to-p12 --load-privkey demo.key --load-certificate demo.crt --p12-name '名前𠮷' \
	--password 'ピン𠮷1' --pkcs-cipher aes-256 --outder --outfile "$out/gnutls-pin.p12" >/dev/null 2>&1

# NSS. It writes indefinite lengths and strings in pieces.
mkdir nss
certutil -N -d sql:nss --empty-password
pk12util -i "$out/openssl-modern.p12" -d sql:nss -W "$PIN" -K '' >/dev/null
nss() { # FILE PIN CIPHER...
	pk12util -o "$out/$1.p12" -n "$NAME" -d sql:nss -W "$2" -K '' -c "$3" -C "$3" >/dev/null
}
nss nss-aes "$PIN" AES-256-CBC
nss nss-camellia "$PIN" CAMELLIA-256-CBC
nss nss-rc2-40 "$PIN" 'PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC'
nss nss-3des "$PIN" 'PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC'
nss nss-rc4 "$PIN" 'PKCS #12 V2 PBE With SHA-1 And 128 Bit RC4'
pk12util -o "$out/nss-default.p12" -n "$NAME" -d sql:nss -W "$PIN" -K '' >/dev/null
nss nss-pin-pbes2 'ピン𠮷1' AES-256-CBC
nss nss-pin-rc2-40 'ピン𠮷1' 'PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC'

# Java: each PRF of PBES2, the old default, and a key store with two entries.
java() { # FILE keytool-arguments...
	file=$1
	shift
	keytool "$@" -importkeystore -noprompt -srckeystore "$out/chain.p12" -srcstoretype PKCS12 \
		-srcstorepass "$PIN" -destkeystore "$out/$file.p12" -deststoretype PKCS12 -deststorepass "$PIN" 2>/dev/null
}
java java-default
java java-legacy -J-Dkeystore.pkcs12.legacy
for prf in SHA1 SHA224 SHA256 SHA384 SHA512; do
	java "java-prf-$prf" "-J-Dkeystore.pkcs12.keyProtectionAlgorithm=PBEWithHmac${prf}AndAES_128" \
		"-J-Dkeystore.pkcs12.certProtectionAlgorithm=PBEWithHmac${prf}AndAES_256"
done
cp "$out/key-P-256.p12" other.p12
cp "$out/openssl-modern.p12" "$out/two-keys.p12"
keytool -changealias -keystore "$out/two-keys.p12" -storepass "$PIN" -alias "$NAME" -destalias first 2>/dev/null
keytool -importkeystore -noprompt -srckeystore other.p12 -srcstoretype PKCS12 -srcstorepass "$PIN" \
	-destkeystore "$out/two-keys.p12" -deststoretype PKCS12 -deststorepass "$PIN" -srcalias "$NAME" -destalias second 2>/dev/null

# What is no original at all, and the parts the tests build hostile ones from.
cp demo.crt "$out/certificate.pem"
openssl x509 -in demo.crt -outform DER -out "$out/certificate.der"
openssl pkcs8 -topk8 -nocrypt -in demo.key -outform DER -out "$out/key.der"
openssl pkcs12 -in "$out/openssl-modern.p12" -passin "pass:$PIN" -nodes -out "$out/bags.pem" 2>/dev/null
openssl x509 -in P-256.crt -outform DER -out "$out/other-certificate.der"
openssl pkcs8 -topk8 -nocrypt -in P-256.key -outform DER -out "$out/other-key.der"
chmod 644 "$out"/*
chmod 755 "$out/make.sh" 2>/dev/null || true
