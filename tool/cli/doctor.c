/* doctor.c - kinko doctor; see doctor.h */
#include "tool/cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/register_databases.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "vault/base/text.h"

static const struct {
	const char *name;
	const char *title; /* message id */
} titles[] = {
	{"socket", N_("Vault reachable")},
	{"server-identity", N_("It is the vault")},
	{"vault-state", N_("State of the vault")},
	{"machine-binding", N_("Bound to this computer")},
	{"log", N_("Log")},
	{"policy", N_("Policy")},
	{"active-certificate", N_("Active certificate")},
	{"expiry", N_("Period of validity")},
	{"pin", N_("PIN")},
	{"backup", N_("Original")},
	{"clock", N_("Clock")},
	{"originals-here", N_("Originals left here")},
	{"module", N_("Module")},
	{"p11-kit", N_("Module: p11-kit")},
	{"nss", N_("Module: browsers, mail")},
	{"java", N_("Module: Java")},
	{"sandboxed-programs", N_("Snap and flatpak")},
	{"signature", N_("A real signature")},
};

static const char *title_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(titles); i++)
		if (strcmp(titles[i].name, name) == 0)
			return _(titles[i].title);
	return name;
}

static const char *state_in_words(enum doctor_state state)
{
	switch (state) {
	case DOCTOR_OK:
		return _("fine");
	case DOCTOR_FAILED:
		return _("TO DO");
	case DOCTOR_NOT_DONE:
		break;
	}
	return _("not done");
}

static enum err add_line(struct table *table, const char *state, const char *title,
			 const char *text)
{
	TRY(table_add(table, state));
	TRY(table_add(table, title));
	return table_add(table, text);
}

/* The advice stands below what was found, behind an arrow. */
static enum err add_lines(struct table *table, const struct doctor_step *step)
{
	AUTO_TEXT advice = NULL;

	TRY(add_line(table, state_in_words(step->state), title_of(step->name), step->finding));
	if (step->advice[0] == '\0')
		return ERR_OK;
	TRY(compose(&advice, "-> %s", step->advice));
	return add_line(table, "", "", advice);
}

static void print_sum(const struct doctor *doctor)
{
	unsigned open_count = 0;

	for (size_t i = 0; i < doctor->count; i++)
		open_count += doctor->steps[i].state == DOCTOR_OK ? 0 : 1;
	if (open_count == 0)
		(void)printf("\n%s\n", _("Everything is as it should be."));
	else
		(void)printf(ngettext("\n%u line needs you: see the arrow (->) below it.\n",
				      "\n%u lines need you: see the arrows (->) below them.\n",
				      open_count),
			     open_count);
}

static enum err print_text(const struct doctor *doctor)
{
	AUTO(table) table = NULL;

	TRY(table_new(3, &table));
	for (size_t i = 0; i < doctor->count; i++)
		TRY(add_lines(table, &doctor->steps[i]));
	TRY(table_print_pairs(table, stdout, "  ", screen_width()));
	print_sum(doctor);
	return ERR_OK;
}

static enum err add_step(json_t *array, const struct doctor_step *step)
{
	AUTO_TEXT advice = NULL;
	json_t *object = NULL;

	TRY(text_join(step->finding, step->advice, &advice));
	TRY(json_object_new(&object));
	TRY(json_push(array, object));
	TRY(json_set(object, "name", json_string(step->name)));
	TRY(json_set(object, "ok", json_boolean(step->state == DOCTOR_OK)));
	return json_set(object, "advice",
			step->state == DOCTOR_OK ? json_null() : json_text(advice));
}

static enum err print_document(const struct doctor *doctor)
{
	AUTO_JSON document = NULL;
	json_t *array = NULL;

	TRY(json_object_new(&document));
	TRY(json_array_new(&array));
	TRY(json_set(document, "steps", array));
	for (size_t i = 0; i < doctor->count; i++)
		TRY(add_step(array, &doctor->steps[i]));
	return json_print(document);
}

static enum err look_at_home(struct doctor *doctor)
{
	AUTO_TEXT home = NULL;
	enum err err = databases_home(&home);

	if (err != ERR_OK)
		return doctor_say_error(doctor, "nss", err);
	TRY(doctor_originals(doctor, home));
	TRY(run_go_on(doctor->run));
	TRY(doctor_programs(doctor, home));
	return doctor_browsers(doctor, home);
}

enum err command_doctor(struct run *run)
{
	AUTO_HELD(doctor) doctor = {.run = run};

	TRY(doctor_vault(&doctor));
	TRY(doctor_certificate(&doctor));
	TRY(doctor_clock(&doctor));
	TRY(look_at_home(&doctor));
	TRY(doctor_signature(&doctor));
	for (size_t i = 0; i < doctor.count; i++)
		if (doctor.steps[i].state != DOCTOR_OK)
			run->answer = ERR_CHECK_FAILED;
	if (run->is_json)
		return print_document(&doctor);
	return print_text(&doctor);
}

const struct entry *doctor_active(const struct doctor *doctor)
{
	return doctor->entries == NULL ? NULL : entries_active(doctor->entries);
}

enum err doctor_say(struct doctor *doctor, const char *name, enum doctor_state state, char *finding,
		    char *advice)
{
	if (finding == NULL || advice == NULL || doctor->count == DOCTOR_STEPS_MAX) {
		free(finding);
		free(advice);
		return finding == NULL || advice == NULL ? ERR_MEMORY : ERR_INTERNAL;
	}
	doctor->steps[doctor->count++] = (struct doctor_step){name, state, finding, advice};
	return ERR_OK;
}

enum err doctor_say_plain(struct doctor *doctor, const char *name, enum doctor_state state,
			  const char *finding, const char *advice)
{
	return doctor_say(doctor, name, state, strdup(finding), strdup(advice));
}

enum err doctor_say_error(struct doctor *doctor, const char *name, enum err err)
{
	AUTO_TEXT detail = strdup(err_detail_text());
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	if (detail == NULL || err == ERR_MEMORY)
		return ERR_MEMORY;
	if (err == ERR_CANCELLED)
		return err;
	TRY(run_words_of(doctor->run, err, detail, &message, &advice));
	err_forget();
	return doctor_say(doctor, name, DOCTOR_FAILED, TAKE(message), TAKE(advice));
}

void doctor_clear(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		free(doctor->steps[i].finding);
		free(doctor->steps[i].advice);
	}
	entries_free(doctor->entries);
	policy_free(doctor->policy);
	*doctor = (struct doctor){0};
}
