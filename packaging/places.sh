# shellcheck shell=bash disable=SC2034
# Where an installed Kinko lies; for install.sh and uninstall.sh.

prefix=/usr/local
manifest=$prefix/share/kinko/installed-files
module=$prefix/lib/kinko-pkcs11.so
registration=/etc/pkcs11/modules/kinko.module
unit=$prefix/lib/systemd/system/kinkod.service
user=kinko
config=/etc/kinko
state=/var/lib/kinko
anchor=/var/lib/kinko-anchor
socket_folder=/run/kinko
