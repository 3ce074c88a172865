#!/usr/bin/env bash
# Removes this computer's vault, as root: programs, service, user. The vault's own files stay
# unless somebody at a terminal says otherwise, or --purge. Called by `./run uninstall`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=packaging/say.sh
. packaging/say.sh
# shellcheck source=packaging/places.sh
. packaging/places.sh

removed() { say "  removed: $1" "  取り除きました: $1"; }
kept() { say "  kept:    $1" "  残しました:     $1"; }

# remove_when_empty FOLDER...: that an install may have made, innermost first
remove_when_empty() {
	local folder
	for folder in "$@"; do
		[ ! -d "$folder" ] || rmdir --ignore-fail-on-non-empty -- "$folder"
	done
}

stop_service() {
	if [ -f "$unit" ] && [ -d /run/systemd/system ]; then
		systemctl disable --now kinkod.service
	fi
}

is_zombie() { grep -q '^State:[[:space:]]*Z' "$1/status" 2>/dev/null; }

# A vault that somebody started by hand is stopped by that person.
refuse_while_running() {
	local process
	getent passwd "$user" >/dev/null || return 0
	for process in /proc/[0-9]*; do
		if [ "$(stat -c %U "$process" 2>/dev/null)" = "$user" ] && ! is_zombie "$process"; then
			give_up "kinkod is running (process ${process#/proc/}); please stop it first." \
				"kinkodが動いています（プロセス ${process#/proc/}）。先に止めてください。"
		fi
	done
}

remove_service() {
	[ -f "$unit" ] || return 0
	rm -f -- "$unit"
	remove_when_empty "$(dirname "$unit")" "$prefix/lib/systemd"
	[ ! -d /run/systemd/system ] || systemctl daemon-reload
	removed "$unit"
}

remove_programs() {
	local file
	[ -f "$manifest" ] || return 0
	while read -r file; do
		case $file in
		"$prefix"/*) rm -f -- "$file" && removed "$file" ;;
		esac
	done <"$manifest"
	remove_when_empty "$prefix/libexec/kinko" "$prefix/libexec" "$prefix/share/kinko" \
		"$prefix/share/locale/ja/LC_MESSAGES" "$prefix/share/locale/ja" "$prefix/share/locale"
}

remove_registration() {
	[ -f "$registration" ] || return 0
	rm -f -- "$registration"
	rmdir --ignore-fail-on-non-empty -p -- "$(dirname "$registration")"
	removed "$registration"
}

remove_socket_folder() {
	[ -d "$socket_folder" ] || return 0
	rm -rf -- "$socket_folder"
	removed "$socket_folder"
}

wants_files_removed() {
	local answer=''
	[ "${1:-}" != --purge ] || return 0
	[ -t 0 ] || return 1
	say "Also remove the vault's files? The certificates in it are lost; only the originals on the sticks remain. [y/N]" \
		"安全なフォルダの中身も消しますか？ 中の電子証明書は失われ、USBメモリの原本だけが残ります。[y/N]"
	read -r answer
	[ "$answer" = y ] || [ "$answer" = Y ]
}

# Kept files must not fall to whoever gets the user's number next.
keep_files() {
	local folder
	for folder in "$state" "$anchor"; do
		[ -d "$folder" ] || continue
		chown -hR root:root "$folder"
		kept "$folder"
	done
	[ -d "$config" ] || return 0
	kept "$config"
	say "  To remove these too: ./run uninstall --purge" \
		"  これらも消すには: ./run uninstall --purge"
}

remove_files() {
	local folder
	for folder in "$state" "$anchor" "$config"; do
		[ -d "$folder" ] || continue
		rm -rf -- "$folder"
		removed "$folder"
	done
}

remove_user() {
	getent passwd "$user" >/dev/null || return 0
	# Nothing of this user runs (see above); a zombie that nobody reaps must not keep it.
	userdel --force "$user" 2>/dev/null
	removed "$(say "the system user $user" "システムユーザー $user")"
}

[ "$(id -u)" = 0 ] || give_up "Please run: ./run uninstall" \
	"次のコマンドを実行してください: ./run uninstall"
case ${1:-} in
'' | --purge) ;;
*) give_up "Please run: ./run uninstall [--purge]" "次のコマンドを実行してください: ./run uninstall [--purge]" ;;
esac
stop_service
refuse_while_running
say "Removing Kinko:" "Kinkoを取り除きます:"
remove_service
remove_registration
remove_programs
remove_socket_folder
if wants_files_removed "${1:-}"; then remove_files; else keep_files; fi
remove_user
say "Done." "終わりました。"
