/* keys.c - the keys of policy.conf: their defaults, and what each may say.
 */
#include "policy/keys.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/utf8.h"

enum { WORDS_MAX = 2, DAY_SECONDS = 24 * 60 * 60 };

enum kind { KIND_WORD, KIND_NUMBER, KIND_USERS, KIND_GROUPS, KIND_ADMINISTRATORS, KIND_HASHES };

struct key_row {
	const char *section;
	const char *name;
	const char *value; /* the default */
	enum kind kind;
	uint32_t least; /* of a number */
	uint32_t most;
	const char *words[WORDS_MAX]; /* of a word: its number is its place */
};

/* clang-format off */
static const struct key_row keys[KEY_COUNT] = {
	[KEY_USAGE] = {"vault", "usage", "secure-folder", KIND_WORD, .words = {"secure-folder", "normal-folder"}},
	[KEY_USERS] = {"vault", "users", "*", KIND_USERS},
	[KEY_GROUPS] = {"vault", "groups", "", KIND_GROUPS},
	[KEY_ADMINISTRATORS] = {"vault", "administrators", "root", KIND_ADMINISTRATORS},
	[KEY_TRIES] = {"pin", "tries", "5", KIND_NUMBER, 3, 10},
	[KEY_ASK] = {"pin", "ask", "login", KIND_WORD, .words = {"login", "always"}},
	[KEY_IDLE_SECONDS] = {"pin", "idle-seconds", "600", KIND_NUMBER, 1, DAY_SECONDS},
	[KEY_LOGIN_MAX_SECONDS] = {"pin", "login-max-seconds", "28800", KIND_NUMBER, 1, DAY_SECONDS},
	[KEY_HASHES] = {"keys", "hashes", "sha256,sha384,sha512", KIND_HASHES},
	[KEY_RSA_MIN] = {"keys", "rsa-min", "2048", KIND_NUMBER, 1024, 16384},
	[KEY_SIGN_EXPIRED] = {"keys", "sign-expired", "no", KIND_WORD, .words = {"no", "yes"}},
	[KEY_DECRYPT] = {"keys", "decrypt", "no", KIND_WORD, .words = {"no", "yes"}},
	[KEY_BATCH_MAX] = {"keys", "batch-max", "0", KIND_NUMBER, 0, 1000000},
	[KEY_SHOW] = {"pkcs11", "show", "active", KIND_WORD, .words = {"active", "all"}},
	[KEY_REMIND_DAYS] = {"backup", "remind-days", "180", KIND_NUMBER, 0, 3650},
};
/* clang-format on */

const char *key_default(enum key key, const char **out_section, const char **out_name)
{
	*out_section = keys[key].section;
	*out_name = keys[key].name;
	return keys[key].value;
}

bool key_section_exists(const char *section)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strcmp(keys[i].section, section) == 0)
			return true;
	return false;
}

enum key key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
			return (enum key)i;
	return KEY_COUNT;
}

static void quote(const struct parse_setting *setting, const char *text)
{
	(void)snprintf(setting->quote, PARSE_QUOTE_SIZE, "%.*s",
		       (int)utf8_cut(text, PARSE_QUOTE_SIZE - 1), text);
}

static const char *take_word(const struct key_row *row, const char *value, uint32_t *out_number)
{
	for (uint32_t i = 0; i < WORDS_MAX; i++)
		if (strcmp(value, row->words[i]) == 0) {
			*out_number = i;
			return NULL;
		}
	return N_("this key has no such value");
}

/* Digits only: no sign, no blank, no unit. */
static const char *take_number(const struct key_row *row, const char *value, uint32_t *out_number)
{
	uint32_t number = 0;

	if (value[0] == '\0' || strspn(value, "0123456789") != strlen(value))
		return N_("this must be a whole number");
	for (const char *digit = value; *digit != '\0'; digit++) {
		number = number * 10 + (uint32_t)(*digit - '0');
		if (number > row->most) /* most * 10 + 9 fits: no overflow before this */
			return N_("the number is too large");
	}
	if (number < row->least)
		return N_("the number is too small");
	*out_number = number;
	return NULL;
}

static const char *after_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* The next name of "a, b,c" into `out_name`; NULL at the end. A name may be empty: the caller
 * decides. */
static const char *next_name(const char *at, char *out_name)
{
	const char *begin = after_blanks(at);
	size_t size = strcspn(begin, ",");
	size_t name_size = size;

	while (name_size > 0 && (begin[name_size - 1] == ' ' || begin[name_size - 1] == '\t'))
		name_size--;
	memcpy(out_name, begin, name_size);
	out_name[name_size] = '\0';
	return begin[size] == ',' ? begin + size + 1 : NULL;
}

static const char *take_names(struct work *work, const struct parse_setting *setting,
			      enum ids_kind kind, struct ids *ids)
{
	const char *at = setting->value[0] == '\0' ? NULL : setting->value;
	char name[PARSE_LINE_MAX + 1];

	ids_clear(ids);
	while (at != NULL && work->failed == ERR_OK) {
		enum ids_answer answer = IDS_UNKNOWN;
		uint32_t id = 0;

		at = next_name(at, name);
		if (name[0] == '\0')
			return N_("a name is missing between two commas");
		work->failed = ids_look_up(kind, name, &answer, &id);
		if (work->failed == ERR_OK && answer == IDS_UNKNOWN) {
			quote(setting, name);
			return kind == IDS_USERS ? N_("this computer has no such user")
						 : N_("this computer has no such group");
		}
		if (work->failed == ERR_OK)
			work->failed = ids_add(ids, id);
	}
	return NULL;
}

static const char *take_users(struct work *work, const struct parse_setting *setting)
{
	struct policy *policy = work->policy;

	policy->is_for_everybody = strcmp(setting->value, "*") == 0;
	if (policy->is_for_everybody) {
		ids_clear(&policy->users);
		return NULL;
	}
	return take_names(work, setting, IDS_USERS, &policy->users);
}

unsigned policy_hash_bit(const char *word, size_t size)
{
	static const struct {
		const char *word;
		unsigned bit;
	} hashes[] = {{"sha256", HASH_SHA256}, {"sha384", HASH_SHA384}, {"sha512", HASH_SHA512}};

	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		if (strlen(hashes[i].word) == size && memcmp(hashes[i].word, word, size) == 0)
			return hashes[i].bit;
	return 0;
}

static const char *take_hashes(struct policy *policy, const struct parse_setting *setting)
{
	char name[PARSE_LINE_MAX + 1];
	unsigned hashes = 0;

	for (const char *at = setting->value; at != NULL;) {
		unsigned bit;

		at = next_name(at, name);
		bit = policy_hash_bit(name, strlen(name));
		if (bit == 0) {
			quote(setting, name);
			return N_("this must be one or more of sha256, sha384, sha512");
		}
		hashes |= bit;
	}
	policy->hashes = hashes;
	return NULL;
}

const char *key_take_usage(const char *value, enum policy_usage *out_usage)
{
	uint32_t number = 0;
	const char *fault = take_word(&keys[KEY_USAGE], value, &number);

	if (fault == NULL)
		*out_usage = (enum policy_usage)number;
	return fault;
}

const char *key_take(struct work *work, enum key key, const struct parse_setting *setting)
{
	struct policy *policy = work->policy;

	switch (keys[key].kind) {
	case KIND_WORD:
		return take_word(&keys[key], setting->value, &policy->numbers[key]);
	case KIND_NUMBER:
		return take_number(&keys[key], setting->value, &policy->numbers[key]);
	case KIND_USERS:
		return take_users(work, setting);
	case KIND_GROUPS:
		return take_names(work, setting, IDS_GROUPS, &policy->groups);
	case KIND_ADMINISTRATORS:
		return take_names(work, setting, IDS_USERS, &policy->administrators);
	case KIND_HASHES:
		return take_hashes(policy, setting);
	}
	return N_("there is no such key in this section");
}
