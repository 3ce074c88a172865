/* command.c - see command.h */
#include "tool/cli/command.h"

#include <stdio.h>
#include <string.h>

#define BIT(option) OPTION_BIT(OPTION_##option)

/* clang-format off */
static const struct command table[] = {
	{.name = "get", .japanese = "電子証明書の取得", .group = GROUP_GET, .run = command_get,
	 .summary = N_("downloads a certificate to a USB stick and into the vault"),
	 .usage = "[--id ID] [--stick NAME|DIR] [--use]",
	 .help = N_("Asks for the ID number and the PIN of the letter, downloads the original, writes it to\n"
		    "the USB stick, proves that it can be read there, and puts the certificate into the vault.\n"
		    "Whatever happens on the way: run it again, nothing is lost and nothing is doubled."),
	 .options = BIT(ID) | BIT(STICK) | BIT(USE) | BIT(PIN_FD)},
	{.name = "import", .japanese = "電子証明書の取込", .group = GROUP_GET, .run = command_import,
	 .summary = N_("puts an original from a USB stick into the vault"),
	 .usage = "[FILE|DIR] [--reset-pin] [--use]",
	 .help = N_("Without FILE the USB sticks are searched. This is also the way back when the PIN was\n"
		    "forgotten or locked, or the machine was changed: the PIN is then again that of the original."),
	 .options = BIT(RESET_PIN) | BIT(USE) | BIT(PIN_FD), .argument_max = 1},
	{.name = "list", .japanese = "一覧表示", .group = GROUP_CERTIFICATES, .run = command_list,
	 .summary = N_("lists the certificates in the vault"),
	 .usage = "[--user NAME]", .help = "",
	 .options = BIT(USER)},
	{.name = "show", .japanese = "電子証明書の表示", .group = GROUP_CERTIFICATES, .run = command_show,
	 .summary = N_("shows a certificate: general, details, certification path"),
	 .usage = "[CERT] [--pem|--der] [--confirm]",
	 .help = N_("CERT is the label, or the first digits (four or more) of the fingerprint.\n"
		    "Without CERT: the active certificate."),
	 .options = BIT(PEM) | BIT(DER) | BIT(CONFIRM), .argument_max = 1},
	{.name = "use", .japanese = "切替", .group = GROUP_CERTIFICATES, .run = command_use,
	 .summary = N_("chooses the active certificate, the one that programs see"),
	 .usage = "CERT",
	 .help = N_("CERT is the label, or the first digits (four or more) of the fingerprint.\n"
		    "Without CERT a terminal offers the list."),
	 .argument_max = 1},
	{.name = "delete", .japanese = "削除", .group = GROUP_CERTIFICATES, .run = command_delete,
	 .summary = N_("drops a certificate from the vault for good"),
	 .usage = "CERT [--yes [--no-original]] [--user NAME]",
	 .help = N_("Before it asks, it says whether an original is known to exist on a USB stick.\n"
		    "Without an original there is no way back but a new certificate from the issuer."),
	 .options = BIT(YES) | BIT(NO_ORIGINAL) | BIT(USER), .argument_max = 1},
	{.name = "pin", .japanese = "PINコードの変更", .group = GROUP_CERTIFICATES, .run = command_pin,
	 .summary = N_("changes the PIN in the vault; the original keeps its own"),
	 .usage = "[CERT]",
	 .help = N_("A new PIN has 4 to 16 characters, a-z and 0-9. With --pin-fd: the old PIN, then the new one."),
	 .options = BIT(PIN_FD), .argument_max = 1},
	{.name = "sign", .japanese = "電子署名", .group = GROUP_SIGNATURES, .run = command_sign,
	 .summary = N_("signs PDF documents, or any files"),
	 .usage = "FILE... [--cert CERT] [--output FILE|- | --in-place] [--force] [--format pdf|cms]"
		  " [--profile pades-b-b] [--visible [--page N]] [--name NAME] [--reason TEXT] [--location TEXT]",
	 .help = N_("FILE.pdf is left as it is; the signed document is FILE-signed.pdf beside it. Earlier\n"
		    "signatures stay valid, so that several people can sign one after the other.\n"
		    "The PIN is asked once for all files."),
	 .options = BIT(CERT) | BIT(OUTPUT) | BIT(IN_PLACE) | BIT(FORCE) | BIT(FORMAT) | BIT(PROFILE) | BIT(VISIBLE) |
		    BIT(PAGE) | BIT(NAME) | BIT(REASON) | BIT(LOCATION) | BIT(PIN_FD),
	 .argument_min = 1, .argument_max = ARGUMENTS_ANY},
	{.name = "verify", .japanese = "署名の検証", .group = GROUP_SIGNATURES, .run = command_verify,
	 .summary = N_("verifies the signatures of documents and files"),
	 .usage = "FILE... [--content FILE] [--ca FILE]",
	 .help = N_("FILE is a signed PDF, or the signature FILE.p7s of the file beside it. Needs no vault.\n"
		    "Exit 12 when a signature is not valid or there is none; an issuer that this computer does\n"
		    "not know does not make a signature invalid."),
	 .options = BIT(CONTENT) | BIT(CA),
	 .argument_min = 1, .argument_max = ARGUMENTS_ANY},
	{.name = "original get", .japanese = "原本のダウンロード", .group = GROUP_ORIGINALS, .run = command_original_get,
	 .summary = N_("downloads an original into a folder, not into the vault"),
	 .usage = "--to DIR [--id ID]",
	 .help = N_("The file becomes DIR/Kinko/<user ID>-<date>.p12, with its checksum beside it; the vault is not\n"
		    "touched. Only where the policy says: usage = normal-folder."),
	 .options = BIT(TO) | BIT(ID) | BIT(PIN_FD)},
	{.name = "original show", .japanese = "原本の表示", .group = GROUP_ORIGINALS, .run = command_original_show,
	 .summary = N_("shows the certificate in an original"),
	 .usage = "FILE", .help = "",
	 .options = BIT(PIN_FD), .argument_min = 1, .argument_max = 1},
	{.name = "original check", .japanese = "原本の確認", .group = GROUP_ORIGINALS, .run = command_original_check,
	 .summary = N_("proves that an original can be opened, key and all"),
	 .usage = "FILE",
	 .help = N_("On a USB stick, the vault then remembers when and where the original was last proven."),
	 .options = BIT(PIN_FD), .argument_min = 1, .argument_max = 1},
	{.name = "original pin", .japanese = "原本のPINコードの変更", .group = GROUP_ORIGINALS, .run = command_original_pin,
	 .summary = N_("changes the PIN of an original file"),
	 .usage = "FILE [--yes]",
	 .help = N_("Only where the policy says: usage = normal-folder. On a USB stick it is refused without\n"
		    "--yes, because a backup should keep the PIN of the letter."),
	 .options = BIT(YES) | BIT(PIN_FD), .argument_min = 1, .argument_max = 1},
	{.name = "sticks", .japanese = "USBメモリの一覧", .group = GROUP_ORIGINALS, .run = command_sticks,
	 .summary = N_("lists the USB sticks of this computer"),
	 .usage = "", .help = ""},
	{.name = "status", .japanese = "安全なフォルダの状態", .group = GROUP_VAULT, .run = command_status,
	 .summary = N_("says how the vault is protected, what it consists of and how to remove it"),
	 .usage = "", .help = ""},
	{.name = "log", .japanese = "利用記録", .group = GROUP_VAULT, .run = command_log,
	 .summary = N_("says who used your certificates and when, with which result"),
	 .usage = "[--since WHEN] [--csv] | --verify",
	 .help = N_("WHEN is a day in Japan (2026-11-24), a minute of it (\"2026-11-24 09:30\"), or a moment in\n"
		    "UTC (2026-11-24T00:30:00Z). The program is what it calls itself; the user is proven.\n"
		    "--verify proves the whole log, also what others did; exit 8 when it is not whole."),
	 .options = BIT(SINCE) | BIT(CSV) | BIT(VERIFY)},
	{.name = "policy explain", .japanese = "利用方針の説明", .group = GROUP_VAULT, .run = command_policy_explain,
	 .summary = N_("says what the policy decides, and which rule decided"),
	 .usage = "ACTION [CERT]",
	 .help = N_("ACTION is one of: list import get original use delete pin sign decrypt"),
	 .argument_min = 1, .argument_max = 2},
	{.name = "policy check", .japanese = "利用方針の検査", .group = GROUP_VAULT, .run = command_policy_check,
	 .summary = N_("checks a policy file and names the lines that are wrong"),
	 .usage = "FILE", .help = "",
	 .argument_min = 1, .argument_max = 1},
	{.name = "doctor", .japanese = "診断", .group = GROUP_VAULT, .run = command_doctor,
	 .summary = N_("checks every part, makes one real signature, and says what to do"),
	 .usage = "",
	 .help = N_("Asks for the PIN once, for the signature; without a terminal and without --pin-fd that step\n"
		    "is not done. Exit 0 when everything is as it should be, else 1."),
	 .options = BIT(PIN_FD)},
	{.name = "register", .japanese = "プログラムへの登録", .group = GROUP_VAULT, .run = command_register,
	 .summary = N_("lets your Firefox, Thunderbird and Chromium use the vault"),
	 .usage = "[--nss DIR] [--yes]",
	 .help = N_("Says which lists of modules (NSS databases) it will change, and asks. LibreOffice and Okular\n"
		    "use Firefox's; any other is named with --nss. kinko unregister takes it back."),
	 .options = BIT(NSS) | BIT(YES)},
	{.name = "unregister", .japanese = "登録の解除", .group = GROUP_VAULT, .run = command_unregister,
	 .summary = N_("takes back what register did"),
	 .usage = "[--nss DIR] [--yes]",
	 .help = N_("Other modules, certificates and keys of these databases stay as they are."),
	 .options = BIT(NSS) | BIT(YES)},
	{.name = "help", .japanese = "使い方", .group = GROUP_VAULT, .run = command_help,
	 .summary = N_("explains a command"),
	 .usage = "[COMMAND]", .help = "",
	 .argument_max = 2},
};
/* clang-format on */

const char *command_group_title(enum command_group group)
{
	static const char *const titles[GROUP_COUNT] = {
		[GROUP_GET] = N_("Getting a certificate into the vault"),
		[GROUP_CERTIFICATES] = N_("Certificates in the vault"),
		[GROUP_SIGNATURES] = N_("Signatures"),
		[GROUP_ORIGINALS] = N_("Originals and USB sticks"),
		[GROUP_VAULT] = N_("The vault itself"),
	};

	return titles[group];
}

size_t command_count(void)
{
	return COUNT_OF(table);
}

const struct command *command_at(size_t index)
{
	return &table[index];
}

static const struct command *named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* "original" alone: what is missing is "original get", "original show" ... */
static enum err name_the_parts(const char *word)
{
	char parts[256] = "";
	size_t size = strlen(word);

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const char *name = table[i].name;
		size_t used = strlen(parts);
		if (strncmp(name, word, size) == 0 && name[size] == ' ')
			(void)snprintf(parts + used, sizeof parts - used, "%s%s",
				       used == 0 ? "" : " | ", name + size + 1);
	}
	if (parts[0] == '\0')
		return err_detail(ERR_USAGE, "%s", word);
	return err_detail(ERR_ARGUMENT_MISSING, "kinko %s %s", word, parts);
}

enum err command_find(const char *const *words, size_t count, const struct command **out_command,
		      size_t *out_taken)
{
	char two_words[64] = "";

	*out_taken = 1;
	*out_command = named(words[0]);
	if (*out_command != NULL)
		return ERR_OK;
	if (count > 1)
		(void)snprintf(two_words, sizeof two_words, "%s %s", words[0], words[1]);
	*out_taken = 2;
	*out_command = named(two_words);
	return *out_command != NULL ? ERR_OK : name_the_parts(words[0]);
}
