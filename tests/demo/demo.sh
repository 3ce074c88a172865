#!/usr/bin/env bash
# The main job from end to end with the real programs, every command shown as it is typed:
# download server -> stick and vault -> everything a user does there -> and it refuses to leave.
#
# Everything lies in one folder (build/demo); the server and the vaults run on loopback as this
# user and are stopped at the end. Called by `./run demo`.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$root/build/bin
demo=$root/build/demo
PATH=$bin:$PATH

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in ja*) japanese=yes ;; *) japanese='' ;; esac
t() { if [ -n "$japanese" ]; then printf '%s' "$1"; else printf '%s' "$2"; fi; }

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
step=0
title() {
	step=$((step + 1))
	printf '\n%s== %d. %s%s\n' "$bold" "$step" "$(t "$1" "$2")" "$plain"
}
say() { printf '%s   %s%s\n' "$dim" "$(t "$1" "$2")" "$plain"; }
give_up() {
	printf '\n%s\n' "$(t "デモは途中で止まりました: $1" "The demo stopped: $1")" >&2
	exit 1
}

# The command as a person types it, then the command. The PIN is asked for at a terminal; here it
# comes from the here-string that is shown.
#   typed EXIT PINS COMMAND...   PINS: lines, or "" for none
typed() {
	local expected=$1 pins=$2 status=0 word line='$'
	shift 2
	for word in "$@"; do
		case $word in
		*[!A-Za-z0-9_./:=-]*) line+=" '$word'" ;;
		*) line+=" $word" ;;
		esac
	done
	if [ -n "$pins" ]; then
		case $pins in
		*$'\n'*) line+=" --pin-fd 3 3<<<\$'${pins//$'\n'/\\n}'" ;;
		*) line+=" --pin-fd 3 3<<<'$pins'" ;;
		esac
	fi
	printf '\n%s%s%s\n' "$bold" "${line//"$demo"/\$DEMO}" "$plain"
	if [ -n "$pins" ]; then
		"$@" --pin-fd 3 3<<<"$pins" </dev/null || status=$?
	else
		"$@" </dev/null || status=$?
	fi
	if [ "$status" != "$expected" ]; then
		give_up "$1 $2: $(t "終了コード $status (予定は $expected)" "exit code $status instead of $expected")"
	fi
	if [ "$expected" != 0 ]; then
		say "(終了コード $status)" "(exit code $status)"
	fi
}

started=()
stop_all() {
	local pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	started=()
}
trap stop_all EXIT
trap 'exit 130' INT TERM

# start LINE_FILE COMMAND...: runs in the background until its first line is there.
start() {
	local ready=$1 tries=0
	shift
	: >"$ready"
	"$@" >"$ready" 2>"$ready.messages" &
	started+=($!)
	until [ -s "$ready" ]; do
		if ! kill -0 "${started[-1]}" 2>/dev/null; then
			cat "$ready.messages" >&2
			give_up "$1"
		fi
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || give_up "$1"
		sleep 0.1
	done
}
stop_last() {
	kill "${started[-1]}"
	wait "${started[-1]}" 2>/dev/null || true
	unset 'started[-1]'
}

fresh_folder() {
	if [ -e "$demo" ] && [ ! -e "$demo/.kinko-demo" ]; then
		give_up "$(t "$demo はデモのフォルダではありません。" "$demo is not the demo's folder.")"
	fi
	rm -rf "$demo"
	mkdir -p "$demo/vault" "$demo/other-machine" "$demo/stick"
	chmod 700 "$demo/vault" "$demo/other-machine"
	: >"$demo/.kinko-demo"
}

# A demo vault: the policy lets a folder play the stick.
settings_for() {
	printf '[vault]\nusage = normal-folder\n' >"$1/policy.conf"
	printf '[server]\nurl = %s\nca-file = %s\n' "$url" "$demo/server/ca.crt" >"$1/kinko.conf"
}

label_of() { # NUMBER: the label of the n-th certificate of the list
	kinko list --json | tr '{' '\n' | sed -n 's/.*"label": *"\([^"]*\)".*/\1/p' | sed -n "$1p"
}

fresh_folder
printf '%s\n' "$(t "金庫 (Kinko) のデモ: 電子証明書の取得から、安全なフォルダの外へ出ないことまで。" \
	"Kinko's demo: from the download of a certificate to its refusal to leave the vault.")"
say "すべて $demo の中で行います (\$DEMO と表示します)。" "Everything happens in $demo (shown as \$DEMO)."
say "USBメモリの代わりにフォルダ \$DEMO/stick を使います。そのためデモの方針は normal-folder です。" \
	"The folder \$DEMO/stick plays the USB stick; that is why the demo's policy is normal-folder."
say "PINコードは通常は画面で尋ねられます。デモでは --pin-fd で渡します。" \
	"A terminal asks for the PIN; the demo hands it over with --pin-fd."

title "ダウンロードサーバーと安全なフォルダを始める" "The download server and the vault start"
start "$demo/server.ready" kinko-demo-server "$demo/server" --port 0
url=$(head -n 1 "$demo/server.ready")
settings_for "$demo/vault"
start "$demo/vault.ready" kinkod --private "$demo/vault"
say "$url" "$url"
say "$(head -n 1 "$demo/vault.ready")" "$(head -n 1 "$demo/vault.ready")"
export KINKO_SOCKET=$demo/vault/vault.sock
{
	IFS=, read -r id_one pin_one
	IFS=, read -r id_two pin_two
} <"$demo/server/letters.csv"
say "お知らせの手紙: 識別番号 $id_one、PINコード $pin_one" "The letter: ID number $id_one, PIN $pin_one"

title "電子証明書の取得: サーバーから、USBメモリと安全なフォルダへ" "get: from the server to the stick and the vault"
typed 0 "$pin_one" kinko get --id "$id_one" --stick "$demo/stick"
typed 0 "" ls -l "$demo/stick/Kinko"

title "電子証明書の表示と一覧" "show and list"
typed 0 "" kinko show
typed 0 "" kinko list

title "二つ目の電子証明書と切替" "A second certificate, and which one is active"
typed 0 "$pin_two" kinko get --id "$id_two" --stick "$demo/stick"
label_one=$(label_of 1)
label_two=$(label_of 2)
typed 0 "" kinko use "$label_two"
typed 0 "" kinko list
typed 0 "" kinko use "$label_one"

title "PINコードの変更 (安全なフォルダの中だけ。原本のPINコードはそのまま)" "The PIN changes inside the vault; the original keeps its own"
typed 0 "$pin_one"$'\nnewpin2026' kinko pin

title "PINコードの誤りとロック" "Wrong PINs, and the lock"
typed 3 $'wrong0001\nother2026' kinko pin
say "さらに三回誤ると…" "Three more wrong ones ..."
for _ in 1 2 3; do
	kinko pin --pin-fd 3 3<<<$'wrong0001\nother2026' >/dev/null 2>&1 </dev/null || true
done
typed 3 $'wrong0001\nother2026' kinko pin
typed 4 $'newpin2026\nother2026' kinko pin

title "復旧: USBメモリの原本をもう一度取り込む" "The way back: the original on the stick"
original_one=
for file in "$demo"/stick/Kinko/*.p12; do
	if kinko original check "$file" --pin-fd 3 3<<<"$pin_one" >/dev/null 2>&1 </dev/null; then
		original_one=$file
		break
	fi
done
[ -n "$original_one" ] || give_up "original"
typed 0 "$pin_one" kinko import "$original_one"
typed 0 "" kinko list

title "削除と、USBメモリからの取込" "Delete, and import from the stick"
typed 0 "" kinko delete "$label_one" --yes --no-original
typed 0 "$pin_one" kinko import "$original_one" --use

title "持ち出しはできない: 別のコンピューターに写した安全なフォルダ" "It does not leave: the vault copied to another machine"
say "ファイルをすべて写しても、そのコンピューターの秘密 (host.key) が違えば開きません。" \
	"All files are copied; the other machine's own secret (host.key) is another one."
settings_for "$demo/other-machine"
typed 0 "" cp -a "$demo/vault/state" "$demo/vault/anchor" "$demo/other-machine/"
head -c 32 /dev/urandom >"$demo/other-machine/host.key"
chmod 400 "$demo/other-machine/host.key"
start "$demo/other.ready" kinkod --private "$demo/other-machine"
export KINKO_SOCKET=$demo/other-machine/vault.sock
typed 8 "" kinko list
typed 0 "" kinko status

title "そのコンピューターでは新しく始めて、USBメモリから取り込む" "There one starts anew, and imports from the stick"
stop_last
typed 0 "" kinkod --new-vault --private "$demo/other-machine"
start "$demo/other.ready" kinkod --private "$demo/other-machine"
typed 0 "$pin_one" kinko import "$original_one"
typed 0 "" kinko list
stop_last

title "おわり" "The end"
say "サーバーと安全なフォルダは止まりました。残るのは $demo だけです。" \
	"The server and the vaults are stopped; only $demo is left."
say "続きを手で試すには (二つの端末で):" "To go on by hand (in two terminals):"
cat <<TXT

  $bin/kinko-demo-server $demo/server --port ${url##*:} &
  $bin/kinkod --private $demo/vault
  ----
  export KINKO_SOCKET=$demo/vault/vault.sock PATH=$bin:\$PATH
  kinko

TXT
