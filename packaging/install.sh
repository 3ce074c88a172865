#!/usr/bin/env bash
# Sets up this computer's vault from a release build, as root, and says everything it makes.
# What is already there is kept. Called by `./run install`.
#
#   install.sh [BUILD]    BUILD: the folder of the build, build/release unless named
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=packaging/say.sh
. packaging/say.sh
# shellcheck source=packaging/places.sh
. packaging/places.sh

build=${1:-build/release}

made() { printf '  %-34s %s\n' "$1" "$(say "$2" "$3")"; }

install_programs() {
	cmake --install "$build" --prefix "$prefix" --strip >/dev/null
	install -d -m 0755 "$prefix/share/kinko"
	install -m 0644 "$build/install_manifest.txt" "$manifest"
	printf '\n%s\n' "$manifest" >>"$manifest"
	made "$prefix/bin" "the programs kinkod and kinko" "プログラム kinkod と kinko"
	made "$prefix/libexec/kinko" "the program that reads originals" "原本を読むプログラム"
	made "$prefix/lib/kinko-pkcs11.so" "what other programs load to use the vault" \
		"ほかのプログラムが安全なフォルダを使うための部品"
	made "$prefix/share/locale" "the Japanese sentences" "日本語の文"
}

install_user() {
	if getent passwd "$user" >/dev/null; then
		made "$user" "system user (was there)" "システムユーザー（既にあります）"
		return
	fi
	useradd --system --user-group --home-dir /nonexistent --no-create-home \
		--shell /usr/sbin/nologin "$user"
	made "$user" "system user: no password, no login, no home" \
		"システムユーザー（パスワードなし、ログイン不可）"
}

# Files that an uninstall kept belong to root until the user is back.
install_folders() {
	local folder
	install -d -m 0755 -o root -g root "$config"
	made "$config" "configuration" "設定"
	for folder in "$state" "$anchor"; do
		install -d -m 0700 "$folder"
		chown -hR "$user:$user" "$folder"
	done
	made "$state" "the vault, sealed" "安全なフォルダの中身（暗号化）"
	made "$anchor" "what tells an old copy of the vault" "古い写しに戻されたことを見分ける印"
}

# install_file FROM NAME ENGLISH JAPANESE
install_file() {
	if [ -e "$config/$2" ]; then
		made "$config/$2" "$3 (was there)" "$4（既にあります）"
		return
	fi
	install -m 0644 -o root -g root "$1" "$config/$2"
	made "$config/$2" "$3" "$4"
}

# p11-kit reads its own folders only.
install_registration() {
	install -d -m 0755 "$(dirname "$registration")"
	sed -e "s|@MODULE@|$module|" -e "s|@REGISTRATION@|$registration|" packaging/kinko.module \
		>"$registration"
	chmod 0644 "$registration"
	made "$registration" "names that part to p11-kit" "その部品をp11-kitに知らせるファイル"
}

install_service() {
	if [ ! -d /run/systemd/system ]; then
		say "systemd does not run here. To start the vault, as root:  kinkod" \
			"systemdが動いていません。安全なフォルダは、rootで次のように起動します:  kinkod"
		return
	fi
	install -d -m 0755 "$(dirname "$unit")"
	install -m 0644 packaging/kinkod.service "$unit"
	systemctl daemon-reload
	systemctl enable --now kinkod.service
	made "$unit" "the service, started now and with the computer" \
		"サービス（今すぐ、またコンピューターと共に起動します）"
}

[ "$(id -u)" = 0 ] || give_up "Please run: ./run install" "次のコマンドを実行してください: ./run install"
say "Making:" "次のものを作ります:"
install_programs
install_registration
install_user
install_folders
install_file policy/policy.conf policy.conf "who may do what" "誰に何を許すか"
install_file packaging/kinko.conf kinko.conf "the download server" "ダウンロードサーバー"
"$prefix/bin/kinkod" --setup >/dev/null
made "$config/host.key" "this machine's secret, readable by root only" \
	"このコンピューターの秘密（rootだけが読めます）"
made "$socket_folder" "the vault's socket, while it runs" "安全なフォルダのソケット（動いている間）"
install_service
say "See it with: kinko status    Remove it with: ./run uninstall" \
	"確認: kinko status    取り除く: ./run uninstall"
