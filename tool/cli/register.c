/* register.c - kinko register, kinko unregister: whether the person's own programs load the module.
 *
 * What will be changed is said first, and a terminal asks. Both can be run again and again; what
 * one does the other takes back. Other modules, certificates and keys of a database stay.
 */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/register_plan.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "vault/base/program.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

static const char *before_in_words(enum change change)
{
	switch (change) {
	case CHANGE_ADD:
		return _("the module will be entered");
	case CHANGE_REPLACE:
		return _("the module will be entered anew: it lies elsewhere now");
	case CHANGE_REMOVE:
		return _("the module will be removed");
	case CHANGE_THERE:
		return _("is entered already");
	case CHANGE_NOT_THERE:
		return _("is not entered");
	case CHANGE_IN_USE:
		return _("in use now: please close the program, then try again");
	case CHANGE_FOREIGN:
		return _("belongs to another user, is left alone");
	case CHANGE_UNREADABLE:
	case CHANGE_COUNT:
		break;
	}
	return _("its list of modules cannot be read, is left alone");
}

static const char *after_in_words(const struct plan_step *step)
{
	if (step->failure != ERR_OK)
		return _("could not be changed");
	if (step->change == CHANGE_ADD || step->change == CHANGE_REPLACE)
		return _("entered");
	return step->change == CHANGE_REMOVE ? _("no longer entered")
					     : before_in_words(step->change);
}

static enum err print_plan(const struct plan *plan, bool is_done, FILE *file)
{
	AUTO(table) table = NULL;

	TRY(table_new(3, &table));
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const char *program = step->database->program;
		TRY(table_add(table, program[0] == '\0' ? _("folder") : program));
		TRY(table_add(table, step->database->folder));
		TRY(table_add(table,
			      is_done ? after_in_words(step) : before_in_words(step->change)));
	}
	return table_print(table, file, "  ", TABLE_WIDTH_ANY);
}

static enum err print_document(const struct plan *plan)
{
	AUTO_JSON document = NULL;
	json_t *array = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "module", json_text(plan->module)));
	TRY(json_array_new(&array));
	TRY(json_set(document, "databases", array));
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		json_t *object = NULL;
		TRY(json_object_new(&object));
		TRY(json_push(array, object));
		TRY(json_set(object, "program", json_text(step->database->program)));
		TRY(json_set(object, "path", json_text(step->database->folder)));
		TRY(json_set(object, "result", json_string(plan_step_word(step))));
	}
	return json_print(document);
}

static enum err need_modutil(struct run *run)
{
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	if (modutil_is_there())
		return ERR_OK;
	TRY(compose(&message, "%s", _("The program modutil is not on this computer.")));
	TRY(compose(&advice, "%s", _("Please install it: sudo apt install libnss3-tools")));
	return run_in_words(run, ERR_PROGRAM_MISSING, TAKE(message), TAKE(advice));
}

/* Nothing is changed that was not said and wished. */
static enum err make_sure(struct run *run, const struct plan *plan)
{
	const char *question = plan->module != NULL ? _("Enter the module there? [y/N] ")
						    : _("Remove the module there? [y/N] ");
	bool yes = false;

	if (options_has(&run->options, OPTION_YES))
		return ERR_OK;
	if (run->terminal == NULL)
		return err_detail(ERR_CONFIRM_NEEDED, "--yes");
	TRY(terminal_ask_yes(run->terminal, question, &yes));
	return yes ? ERR_OK : ERR_CANCELLED;
}

static enum err announce(struct run *run, const struct plan *plan)
{
	AUTO_TEXT module = NULL;

	if (run->is_json)
		return ERR_OK;
	if (plan->module != NULL) {
		TRY(utf8_escape(plan->module, &module));
		run_tell(run, _("The module: %s\n"), module);
	}
	return print_plan(plan, false, stderr);
}

/* For whoever is asked to help: what modutil said of the last one that failed. */
static enum err tell_note(const struct run *run)
{
	AUTO_TEXT safe = NULL;

	if (err_note_text()[0] == '\0')
		return ERR_OK;
	TRY(utf8_escape(err_note_text(), &safe));
	run_tell(run, "(%s)\n", safe);
	err_forget();
	return ERR_OK;
}

static enum err change(struct run *run, struct plan *plan)
{
	if (plan->change_count == 0)
		return ERR_OK;
	TRY(need_modutil(run));
	TRY(announce(run, plan));
	TRY(make_sure(run, plan));
	TRY(run_go_on(run));
	plan_do(plan);
	return tell_note(run);
}

static enum err tell(struct run *run, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan_step_is_open(&plan->steps[i]))
			run->answer = ERR_CHECK_FAILED;
	if (run->is_json)
		return print_document(plan);
	if (plan->count > 0)
		return print_plan(plan, true, stdout);
	(void)printf("%s\n",
		     _("None of your programs has an NSS database yet. Please start Firefox, "
		       "Thunderbird or Chromium once, or name a folder with --nss."));
	return ERR_OK;
}

static enum err find_named(struct run *run, const char *folder, struct databases **out_databases)
{
	AUTO_TEXT safe = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;
	enum err err = databases_named(folder, out_databases);

	if (err != ERR_NOT_FOUND)
		return err;
	TRY(utf8_escape(folder, &safe));
	TRY(compose(&message, _("There is no NSS database in this folder: %s"), safe));
	TRY(compose(&advice, _("Please make one with: certutil -N -d sql:%s"), safe));
	return run_in_words(run, ERR_NOT_FOUND, TAKE(message), TAKE(advice));
}

static enum err work(struct run *run, const char *module)
{
	AUTO(databases) databases = NULL;
	AUTO(plan) plan = NULL;
	AUTO_TEXT home = NULL;
	const char *named = run->options.values[OPTION_NSS];

	TRY(databases_home(&home));
	TRY(named != NULL ? find_named(run, named, &databases) : databases_find(home, &databases));
	TRY(plan_make(databases, home, module, &plan));
	TRY(change(run, plan));
	return tell(run, plan);
}

enum err command_register(struct run *run)
{
	AUTO_TEXT module = NULL;

	TRY(program_module(&module));
	return work(run, module);
}

enum err command_unregister(struct run *run)
{
	return work(run, NULL);
}
