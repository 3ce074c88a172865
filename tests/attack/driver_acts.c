/* driver_acts.c - what is done with an open vault, also by one that is killed on the way.
 *
 *   import UID NAME PIN TRIES   reset UID NAME PIN TRIES
 *   login UID NAME PIN TRIES    change UID NAME OLD NEW TRIES
 *   use UID NAME                delete UID NAME                 confirm UID NAME
 *   tries UID NAME              list UID
 *
 * Each answers the vault's word for how it ended, then what it has to tell.
 */
#include "tests/attack/driver.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/keeper/given_fault.h"

typedef enum err act_run(struct driver *driver, const struct request *request, char *out_told);

/* As it is, or "hex:" and any bytes. */
static struct secret *pin_of(const char *word)
{
	struct secret *pin = NULL;
	size_t size;

	if (strncmp(word, "hex:", 4) != 0)
		return given_pin(word);
	size = strlen(word + 4) / 2;
	assert_int_equal(secret_new(size, &pin), ERR_OK);
	assert_true(size == 0 || hex_parse(word + 4, secret_bytes(pin), size));
	return pin;
}

static uid_t uid_of(const struct request *request)
{
	return (uid_t)request_number(request, 1);
}

static struct named *certificate_of(struct driver *driver, const struct request *request)
{
	return driver_named(driver, request_word(request, 2));
}

static enum err import_as(struct driver *driver, const struct request *request, bool resets,
			  char *out_told)
{
	static const char *const results[] = {
		[IMPORT_IMPORTED] = "imported",
		[IMPORT_ALREADY_THERE] = "already-there",
		[IMPORT_PIN_RESET] = "pin-reset",
	};
	struct named *named = certificate_of(driver, request);
	const char *text = request_word(request, 3);
	AUTO(secret) pin = given_pin(text);
	const struct bytes_list chain = {0};
	const struct keeper_original original = {.key = named->identity->key,
						 .pin = pin,
						 .certificate = &named->identity->certificate,
						 .chain = &chain,
						 .friendly_name = named->name,
						 .pin_follows_rule = true,
						 .where = ""};
	const struct keeper_import_how how = {.resets_pin = resets,
					      .tries = (uint8_t)request_number(request, 4)};
	enum import_result result = IMPORT_IMPORTED;
	AUTO_HELD(entry) entry = {0};
	uint32_t warnings = 0;

	TRY(keeper_import(driver->keeper, uid_of(request), &original, &how, &result, &warnings,
			  &entry));
	named->owner = uid_of(request);
	(void)snprintf(named->pin, sizeof named->pin, "%s", text);
	(void)snprintf(out_told, ANSWER_SIZE / 2, "%s", results[result]);
	return ERR_OK;
}

static enum err act_import(struct driver *driver, const struct request *request, char *out_told)
{
	return import_as(driver, request, false, out_told);
}

static enum err act_reset(struct driver *driver, const struct request *request, char *out_told)
{
	return import_as(driver, request, true, out_told);
}

static enum err act_login(struct driver *driver, const struct request *request, char *out_told)
{
	AUTO(secret) pin = pin_of(request_word(request, 3));
	AUTO(login) login = NULL;
	uint8_t left = 255;
	enum err err = keeper_login(driver->keeper, uid_of(request),
				    &certificate_of(driver, request)->identity->id, pin,
				    (uint8_t)request_number(request, 4), &left, &login);

	(void)snprintf(out_told, ANSWER_SIZE / 2, "%u", (unsigned)left);
	return err;
}

static enum err act_change(struct driver *driver, const struct request *request, char *out_told)
{
	AUTO(secret) old_pin = given_pin(request_word(request, 3));
	AUTO(secret) new_pin = given_pin(request_word(request, 4));
	AUTO_HELD(entry) entry = {0};
	uint8_t left = 255;
	enum err err = keeper_change_pin(
		driver->keeper, uid_of(request), &certificate_of(driver, request)->identity->id,
		old_pin, new_pin, true, (uint8_t)request_number(request, 5), &left, &entry);

	(void)snprintf(out_told, ANSWER_SIZE / 2, "%u", (unsigned)left);
	return err;
}

static enum err act_use(struct driver *driver, const struct request *request, char *out_told)
{
	AUTO_HELD(entry) entry = {0};

	(void)out_told;
	return keeper_use(driver->keeper, uid_of(request),
			  &certificate_of(driver, request)->identity->id, &entry);
}

static enum err act_delete(struct driver *driver, const struct request *request, char *out_told)
{
	AUTO_HELD(entry) entry = {0};

	(void)out_told;
	return keeper_delete(driver->keeper, uid_of(request),
			     &certificate_of(driver, request)->identity->id, &entry);
}

static enum err act_confirm(struct driver *driver, const struct request *request, char *out_told)
{
	AUTO_HELD(entry) entry = {0};

	(void)out_told;
	return keeper_confirm(driver->keeper, uid_of(request),
			      &certificate_of(driver, request)->identity->id, 1700000000, &entry);
}

static enum err act_tries(struct driver *driver, const struct request *request, char *out_told)
{
	AUTO_HELD(entry) entry = {0};

	TRY(keeper_find(driver->keeper, uid_of(request),
			&certificate_of(driver, request)->identity->id, &entry));
	(void)snprintf(out_told, ANSWER_SIZE / 2, "%u", (unsigned)entry.tries_left);
	return ERR_OK;
}

static enum err count_one(const struct entry *entry, void *context)
{
	(void)entry;
	++*(unsigned *)context;
	return ERR_OK;
}

static enum err act_list(struct driver *driver, const struct request *request, char *out_told)
{
	unsigned count = 0;
	bool more = false;

	TRY(keeper_list(driver->keeper, uid_of(request), 0, 1000, count_one, &count, &more));
	(void)snprintf(out_told, ANSWER_SIZE / 2, "%u", count);
	return ERR_OK;
}

static const struct {
	const char *word;
	act_run *run;
} acts[] = {
	{"import", act_import},   {"reset", act_reset}, {"login", act_login},
	{"change", act_change},   {"use", act_use},     {"delete", act_delete},
	{"confirm", act_confirm}, {"tries", act_tries}, {"list", act_list},
};

static act_run *find(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(acts); i++)
		if (strcmp(acts[i].word, word) == 0)
			return acts[i].run;
	return NULL;
}

bool driver_is_act(const char *word)
{
	return find(word) != NULL;
}

/* An act on a vault that is not open answers what the open vault would: nothing. */
void driver_act(struct driver *driver, struct request *request)
{
	char told[ANSWER_SIZE / 2] = "";
	enum err err;

	if (driver->keeper == NULL) {
		(void)snprintf(request->answer, ANSWER_SIZE, "closed");
		return;
	}
	err = find(request_word(request, 0))(driver, request, told);
	(void)snprintf(request->answer, ANSWER_SIZE, "%s %s", err_word(err), told);
}

/* The words behind the first `count`. */
static struct request rest_of(const struct request *request, size_t count)
{
	struct request rest = {.count = request->count - count, .answer = request->answer};

	(void)request_word(request, count);
	for (size_t i = 0; i < rest.count; i++)
		rest.words[i] = request->words[count + i];
	return rest;
}

static enum fault_kind kind_of(const char *word)
{
	static const struct {
		const char *word;
		enum fault_kind kind;
	} kinds[] = {{"kill", FAULT_KILL},
		     {"torn", FAULT_KILL_TORN},
		     {"once", FAULT_FAIL},
		     {"forever", FAULT_FAIL_FOREVER}};

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return kinds[i].kind;
	assert_string_equal(word, "a kind of fault");
	return FAULT_NONE;
}

/* Only the child has the vault open; it ends as a killed daemon does: nothing is tidied up. The
 * answer is "killed", or what the act said when it was not. */
void driver_killed(struct driver *driver, struct request *request)
{
	struct request act = rest_of(request, 3);
	enum fault_kind kind = kind_of(request_word(request, 1));
	unsigned nth = (unsigned)request_number(request, 2);
	int status = 0, answer[2];
	ssize_t size;
	pid_t child;

	driver_close(driver, request);
	assert_int_equal(pipe(answer), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		driver_open(driver, request);
		if (nth > 0)
			fault_arm(kind, nth, EIO);
		driver_act(driver, &act);
		(void)fault_disarm();
		(void)!write(answer[1], act.answer, strlen(act.answer));
		_exit(0);
	}
	(void)close(answer[1]);
	size = read(answer[0], request->answer, ANSWER_SIZE - 1);
	(void)close(answer[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	request->answer[size < 0 ? 0 : size] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == FAULT_EXIT)
		(void)snprintf(request->answer, ANSWER_SIZE, "killed");
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void driver_failed(struct driver *driver, struct request *request)
{
	struct request act = rest_of(request, 4);
	char told[ANSWER_SIZE];
	bool happened;

	fault_arm(kind_of(request_word(request, 1)), (unsigned)request_number(request, 2),
		  (int)request_number(request, 3));
	driver_act(driver, &act);
	happened = fault_disarm();
	(void)snprintf(told, sizeof told, "%s", act.answer);
	(void)snprintf(request->answer, ANSWER_SIZE, "%s %.400s", happened ? "failed" : "whole",
		       told);
}
