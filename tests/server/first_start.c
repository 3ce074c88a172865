/* first_start.c - see first_start.h */
#include "tests/server/first_start.h"

#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tests/server/certificate_make.h"
#include "tests/server/demo_ca.h"
#include "tests/server/original_make.h"
#include "tests/server/pin_hash.h"
#include "vault/base/file.h"

enum {
	PIN_SIZE_MAX = 16,
	RSA_BITS = 2048,
	TICKET_BYTES = 32,
	RENEWED_DAYS_AGO = 5 * 365 - 4 * 30, /* renewal is possible four months before the end */
};

enum key_kind { KEY_RSA, KEY_P256 };

struct member {
	const char *id; /* 識別番号 */
	size_t pin_size;
	struct demo_subject subject;
	const char *friendly_name;
	enum key_kind key;
	enum original_protection protection;
	int issued_days_ago;
};

/* The letters are numbered in this order in letters.csv; docs/download-api.md lists them. */
static const struct member members[] = {
	{"9000000015",
	 8,
	 {"DEMO-100001", "YOSHIDA HANAKO", "𠮷田　花子"},
	 "𠮷田 花子",
	 KEY_RSA,
	 PROTECTION_AES,
	 0},
	{"9000000023",
	 8,
	 {"DEMO-100002", "TANAKA ICHIRO", "田中　一郎"},
	 "田中 一郎",
	 KEY_P256,
	 PROTECTION_AES,
	 0},
	{"9000000031",
	 4,
	 {"DEMO-100003", "SUZUKI JIRO", "鈴木　次郎"},
	 "鈴木 次郎",
	 KEY_RSA,
	 PROTECTION_LEGACY,
	 0},
	{"9000000040",
	 8,
	 {"DEMO-100004", "SATO YUKI", "佐藤　由紀"},
	 "佐藤 由紀",
	 KEY_RSA,
	 PROTECTION_AES,
	 RENEWED_DAYS_AGO},
	{"9000000058",
	 16,
	 {"DEMO-100004", "SATO YUKI", "佐藤　由紀"},
	 "佐藤 由紀",
	 KEY_RSA,
	 PROTECTION_AES,
	 0},
};

/* a-z0-9 without those that look alike on paper. */
static void make_pin(size_t size, char *out_pin)
{
	static const char letters[32] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[PIN_SIZE_MAX];

	random_fill(random, sizeof random);
	for (size_t i = 0; i < size; i++)
		out_pin[i] = letters[random[i] % sizeof letters];
	out_pin[size] = '\0';
}

/* 256 random bits, base64url (RFC 4648, 5). */
static void make_ticket(char out_ticket[LEDGER_TICKET_SIZE + 1])
{
	unsigned char random[TICKET_BYTES];
	unsigned char text[LEDGER_TICKET_SIZE + 2];

	random_fill(random, sizeof random);
	(void)EVP_EncodeBlock(text, random, sizeof random);
	for (size_t i = 0; i < LEDGER_TICKET_SIZE; i++)
		out_ticket[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : (char)text[i];
	out_ticket[LEDGER_TICKET_SIZE] = '\0';
}

static enum err make_member_original(const struct demo_ca *ca, const struct member *member,
				     const char *pin, int64_t now, struct bytes *out_original)
{
	struct demo_period period = demo_period_of(now, member->issued_days_ago);
	AUTO(evp_pkey_st)
	key = member->key == KEY_P256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
	AUTO(x509_st) certificate = NULL;

	if (key == NULL)
		return openssl_failed("key of a member");
	TRY(demo_ca_issue(ca, &member->subject, &period, key, &certificate));
	return original_make(ca, certificate, key, member->friendly_name, pin, member->protection,
			     out_original);
}

static enum err issue_letter(struct ledger *ledger, const struct demo_ca *ca,
			     const struct member *member, int64_t now, FILE *letters)
{
	AUTO_HELD(bytes) original = {NULL, 0};
	struct letter letter = {.issued_at = now};
	char pin[PIN_SIZE_MAX + 1];

	make_pin(member->pin_size, pin);
	TRY(make_member_original(ca, member, pin, now, &original));
	(void)snprintf(letter.id, sizeof letter.id, "%s", member->id);
	random_fill(letter.salt, sizeof letter.salt);
	TRY(pin_hash(pin, letter.salt, letter.pin_hash));
	digest_of(original.data, original.size, &letter.digest);
	make_ticket(letter.ticket);
	if (fprintf(letters, "%s,%s\n", letter.id, pin) < 0)
		return ERR_MEMORY;
	return ledger_add_letter(ledger, &letter, &original);
}

static enum err issue_letters(struct ledger *ledger, const struct demo_ca *ca, int64_t now,
			      int folder)
{
	char *text = NULL;
	size_t size = 0;
	FILE *letters = open_memstream(&text, &size);
	enum err err = letters == NULL ? ERR_MEMORY : ERR_OK;

	for (size_t i = 0; i < COUNT_OF(members) && err == ERR_OK; i++)
		err = issue_letter(ledger, ca, &members[i], now, letters);
	if (letters != NULL && fclose(letters) != 0 && err == ERR_OK)
		err = ERR_MEMORY;
	if (err == ERR_OK)
		err = file_replace(folder, FIRST_START_LETTERS, 0600, text, size);
	own_free_text(&text);
	return err;
}

static enum err make_all(struct ledger *ledger, int folder, int64_t now)
{
	AUTO(demo_ca) ca = NULL;
	AUTO_HELD(ledger_identity) identity = {.key_pem = {NULL, 0}};

	TRY(demo_ca_new(now, &ca));
	TRY(demo_ca_issue_server(ca, now, &identity.key_pem, &identity.certificate_pem));
	TRY(demo_ca_root_pem(ca, &identity.ca_pem));
	TRY(ledger_add_identity(ledger, &identity));
	TRY(file_replace(folder, FIRST_START_CA, 0644, identity.ca_pem.data,
			 identity.ca_pem.size - 1));
	return issue_letters(ledger, ca, now, folder);
}

enum err first_start(struct ledger *ledger, int folder, int64_t now)
{
	AUTO_HELD(ledger_identity) identity = {.key_pem = {NULL, 0}};
	enum err err = ledger_load_identity(ledger, &identity);

	if (err != ERR_NOT_FOUND)
		return err;
	err_forget();
	/* The files come before the commit: a start that was cut short leaves no letters that the
	 * ledger does not know, because the next one writes them anew. */
	TRY(ledger_begin(ledger));
	err = make_all(ledger, folder, now);
	if (err != ERR_OK) {
		ledger_roll_back(ledger);
		return err;
	}
	return ledger_commit(ledger);
}
