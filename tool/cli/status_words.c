/* status_words.c - see status_words.h */
#include "tool/cli/status_words.h"

#include <stddef.h>
#include <string.h>

#include "vault/base/err.h"

static const struct {
	const char *word;
	const char *text; /* message id */
	bool has_detail;
} table[] = {
	{"copy-proof", N_("its files are of no use elsewhere, nor to its user's programs"), false},
	{"own-system-user", N_("a system user of its own keeps other users out"), true},
	{"bound-to-machine", N_("opens only on this computer"), false},
	{"machine-compared", N_("this computer's identity was compared"), false},
	{"rollback-anchor", N_("an older copy put back is noticed"), false},
	{"tpm-writes",
	 N_("every PIN entered writes once to the TPM (with ask = always, every signature does)"),
	 false},
	{"secrets-locked-in-memory", N_("secrets are never written to swap"), false},
	{"keys-in-secure-heap",
	 N_("opened keys lie in memory of their own, locked, and wiped when a login ends"), false},
	{"memory-unreadable", N_("other programs cannot read its memory"), false},
	{"no-core-dump", N_("a crash leaves no picture of its memory"), false},
	{"no-capabilities", N_("it has no special rights"), false},
	{"no-new-privileges", N_("it can never gain rights"), false},
	{"no-new-code", N_("nothing that it was sent can become a program"), false},
	{"no-network", N_("it reaches no network"), false},
	{"environment-ignored", N_("the environment it was started from has no effect"), false},
	{"syscall-filter", N_("it may make only the system calls it needs"), false},
	{"file-access-limits", N_("it may reach only its own files"), false},
	{"originals-opened-apart", N_("originals are opened by a program of their own"), true},
	{"log-whole", N_("its log was not cut or changed"), true},
	{"log-room", N_("there is room on the disk for its log"), false},
	{"user", N_("user"), true},
	{"program", N_("program"), true},
	{"opener", N_("program that opens originals"), true},
	{"command", N_("the command kinko"), true},
	{"module", N_("what other programs load"), true},
	{"registration", N_("names it to p11-kit"), true},
	{"sentences", N_("sentences in Japanese"), true},
	{"service", N_("service"), true},
	{"socket", N_("socket"), true},
	{"state", N_("certificates (encrypted)"), true},
	{"anchor", N_("anchor against old copies"), true},
	{"host-key", N_("this computer's secret"), true},
	{"policy", N_("policy"), true},
	{"settings", N_("settings"), true},
};

const char *status_words_of(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (strcmp(table[i].word, word) == 0)
			return table[i].text;
	return word;
}

bool status_words_need_open_vault(const char *word)
{
	static const char *const words[] = {"copy-proof", "bound-to-machine", "rollback-anchor",
					    "log-whole", "log-room"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

bool status_words_have_detail(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (strcmp(table[i].word, word) == 0)
			return table[i].has_detail;
	return true;
}
