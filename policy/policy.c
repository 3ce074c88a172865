/* policy.c - see policy.h: from a text to a policy that is whole, or to none.
 *
 * The defaults go the same way as the file's own lines, so that a default cannot mean anything
 * that a line could not say.
 */
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/keys.h"
#include "policy/rules.h"
#include "vault/base/file.h"
#include "vault/base/place.h"
#include "vault/base/utf8.h"

enum { RULE_SIZE = 240 };

static enum err take_text(struct policy *policy, const char *text, size_t size,
			  struct parse_problem *problems, size_t problem_max,
			  size_t *out_problem_count);
static enum err take_defaults(struct policy *policy);
static parse_setting_fn take_section;
static parse_setting_fn take_setting;
static void fill_limits(struct policy *policy);

enum err policy_parse(const char *text, size_t size, struct policy **out_policy,
		      struct parse_problem *out_problem)
{
	AUTO(policy) policy = calloc(1, sizeof *policy);
	size_t count = 0;

	if (policy == NULL)
		return ERR_MEMORY;
	TRY(take_text(policy, text, size, out_problem, 1, &count));
	fill_limits(policy);
	*out_policy = TAKE(policy);
	return ERR_OK;
}

enum err policy_check(const char *text, size_t size, struct parse_problem *problems,
		      size_t problem_max, size_t *out_problem_count)
{
	AUTO(policy) policy = calloc(1, sizeof *policy);

	if (policy == NULL)
		return ERR_MEMORY;
	return take_text(policy, text, size, problems, problem_max, out_problem_count);
}

static enum err take_text(struct policy *policy, const char *text, size_t size,
			  struct parse_problem *problems, size_t problem_max,
			  size_t *out_problem_count)
{
	struct work work = {.policy = policy, .failed = ERR_OK};
	enum err err;

	TRY(take_defaults(policy));
	err = parse_text_whole(text, size, take_section, take_setting, &work, problems, problem_max,
			       out_problem_count);
	return work.failed != ERR_OK ? work.failed : err;
}

/* The rule as people wrote it; a long list of names is cut. */
static enum err rule_set(struct rule *rule, const char *origin, const struct parse_setting *setting)
{
	char *text = NULL;

	if (asprintf(&text, "%s[%s%s%s] %s = %s", origin, setting->section,
		     setting->section_name[0] == '\0' ? "" : " ", setting->section_name,
		     setting->key, setting->value) < 0)
		return ERR_MEMORY;
	if (strlen(text) > RULE_SIZE)
		(void)snprintf(text + utf8_cut(text, RULE_SIZE - 3), 4, "...");
	free(rule->text);
	rule->text = text;
	rule->line = setting->line;
	return ERR_OK;
}

/* The defaults are right by construction; a fault among them is ours. */
static enum err take_defaults(struct policy *policy)
{
	struct work work = {.policy = policy, .failed = ERR_OK};

	for (size_t i = 0; i < KEY_COUNT; i++) {
		char quote[PARSE_QUOTE_SIZE];
		struct parse_setting setting = {.section_name = "", .line = 0, .quote = quote};

		setting.value = key_default((enum key)i, &setting.section, &setting.key);
		if (key_take(&work, (enum key)i, &setting) != NULL)
			return err_note(ERR_INTERNAL, "the default of %s", setting.key);
		TRY(work.failed);
		TRY(rule_set(&policy->rules[i], "default: ", &setting));
	}
	return ERR_OK;
}

static const char unreadable[] = N_("this computer could not read the file");

/* A fault of this computer ends the reading too; take_text then returns that fault. */
static const char *fault_or_failure(const struct work *work, const char *fault)
{
	return work->failed == ERR_OK ? fault : unreadable;
}

static bool is_user_section(const struct parse_setting *setting)
{
	return strcmp(setting->section, "user") == 0 && setting->section_name[0] != '\0';
}

/* [user NAME]: one entry for each number, also when two names mean the same number. */
static const char *take_user(struct work *work, const struct parse_setting *setting)
{
	enum ids_answer answer = IDS_UNKNOWN;
	struct user_usage *entry;
	uint32_t uid = 0;

	work->failed = ids_look_up(IDS_USERS, setting->section_name, &answer, &uid);
	if (work->failed != ERR_OK || answer == IDS_UNKNOWN)
		return N_("this computer has no such user");
	for (entry = work->policy->by_user; entry != NULL; entry = entry->next)
		if (entry->uid == uid)
			return N_("this user has a section already");
	entry = calloc(1, sizeof *entry);
	if (entry == NULL) {
		work->failed = ERR_MEMORY;
		return NULL;
	}
	entry->uid = uid;
	entry->next = work->policy->by_user;
	work->policy->by_user = entry;
	return NULL;
}

static const char *take_section(const struct parse_setting *setting, void *context)
{
	struct work *work = context;

	if (work->failed != ERR_OK)
		return unreadable;
	if (is_user_section(setting))
		return fault_or_failure(work, take_user(work, setting));
	if (setting->section_name[0] == '\0' && key_section_exists(setting->section))
		return NULL;
	return N_("there is no such section");
}

/* The section just begun is the newest entry. */
static const char *take_user_setting(struct work *work, const struct parse_setting *setting)
{
	struct user_usage *entry = work->policy->by_user;
	const char *fault = strcmp(setting->key, "usage") == 0
				    ? key_take_usage(setting->value, &entry->usage)
				    : N_("a user's section may hold only the key usage");

	if (fault == NULL)
		work->failed = rule_set(&entry->rule, "", setting);
	return fault;
}

static const char *take_plain_setting(struct work *work, const struct parse_setting *setting)
{
	enum key key = key_find(setting->section, setting->key);
	const char *fault = key == KEY_COUNT ? N_("there is no such key in this section")
					     : key_take(work, key, setting);

	if (fault == NULL && work->failed == ERR_OK)
		work->failed = rule_set(&work->policy->rules[key], "", setting);
	return fault;
}

static const char *take_setting(const struct parse_setting *setting, void *context)
{
	struct work *work = context;
	const char *fault;

	if (work->failed != ERR_OK)
		return unreadable;
	fault = is_user_section(setting) ? take_user_setting(work, setting)
					 : take_plain_setting(work, setting);
	return fault_or_failure(work, fault);
}

static void fill_limits(struct policy *policy)
{
	const uint32_t *numbers = policy->numbers;

	policy->limits = (struct policy_limits){
		.pin_tries = (uint8_t)numbers[KEY_TRIES],
		.pin_ask = (enum policy_ask)numbers[KEY_ASK],
		.idle_seconds = numbers[KEY_IDLE_SECONDS],
		.login_max_seconds = numbers[KEY_LOGIN_MAX_SECONDS],
		.batch_max = numbers[KEY_BATCH_MAX],
		.show = (enum policy_show)numbers[KEY_SHOW],
		.remind_days = numbers[KEY_REMIND_DAYS],
	};
}

/* A folder that is not there holds no policy: nothing of Kinko is set up on this computer. */
static bool is_absent(const char *folder)
{
	return access(folder, F_OK) != 0 && errno == ENOENT;
}

enum err policy_load(const char *config_folder, struct policy **out_policy,
		     struct parse_problem *out_problem)
{
	AUTO_FD folder = -1;
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	if (is_absent(config_folder))
		return policy_parse("", 0, out_policy, out_problem);
	TRY(file_open_folder(config_folder, &folder));
	if (file_read(folder, PLACE_POLICY, PARSE_FILE_MAX, &answer, &bytes) != ERR_OK)
		return parse_refuse(out_problem, 0,
				    N_("the file cannot be read, or is larger than 64 KiB"),
				    PLACE_POLICY);
	/* Absent is an empty text: all defaults. */
	TRY(policy_parse((const char *)bytes.data, bytes.size, out_policy, out_problem));
	(*out_policy)->is_from_file = answer == FILE_PRESENT;
	return ERR_OK;
}

bool policy_is_from_file(const struct policy *policy)
{
	return policy->is_from_file;
}

const struct policy_limits *policy_limits(const struct policy *policy)
{
	return &policy->limits;
}

const struct user_usage *policy_usage_rule_of(const struct policy *policy, uint32_t uid)
{
	for (const struct user_usage *entry = policy->by_user; entry != NULL; entry = entry->next)
		if (entry->uid == uid && entry->rule.text != NULL)
			return entry;
	return NULL;
}

enum policy_usage policy_usage_of(const struct policy *policy, uid_t uid)
{
	const struct user_usage *own = policy_usage_rule_of(policy, uid);

	return own != NULL ? own->usage : (enum policy_usage)policy->numbers[KEY_USAGE];
}

bool policy_is_administrator(const struct policy *policy, uid_t uid)
{
	return ids_hold(&policy->administrators, uid);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	for (struct user_usage *entry = policy->by_user; entry != NULL;) {
		struct user_usage *next = entry->next;
		free(entry->rule.text);
		free(entry);
		entry = next;
	}
	for (size_t i = 0; i < KEY_COUNT; i++)
		free(policy->rules[i].text);
	ids_clear(&policy->users);
	ids_clear(&policy->groups);
	ids_clear(&policy->administrators);
	free(policy);
}
