/* register_plan.c - see register_plan.h */
#include "tool/cli/register_plan.h"

#include <stdlib.h>
#include <string.h>

static enum change wanted(const struct registration *registration, const char *module)
{
	if (module == NULL)
		return registration->is_there ? CHANGE_REMOVE : CHANGE_NOT_THERE;
	if (!registration->is_there)
		return CHANGE_ADD;
	return strcmp(registration->library, module) == 0 ? CHANGE_THERE : CHANGE_REPLACE;
}

static enum err decide(struct plan_step *step, const char *home, const char *module)
{
	enum err err = registration_find(step->database->folder, &step->registration);

	if (err == ERR_MEMORY)
		return err;
	if (err != ERR_OK) {
		err_forget();
		step->change = CHANGE_UNREADABLE;
		return ERR_OK;
	}
	step->change = wanted(&step->registration, module);
	if (!change_is_one(step->change))
		return ERR_OK;
	if (step->database->is_foreign)
		step->change = CHANGE_FOREIGN;
	else if (database_is_in_use(step->database, home))
		step->change = CHANGE_IN_USE;
	return ERR_OK;
}

enum err plan_make(const struct databases *databases, const char *home, const char *module,
		   struct plan **out_plan)
{
	AUTO(plan) plan = calloc(1, sizeof *plan);

	if (plan == NULL)
		return ERR_MEMORY;
	plan->module = module;
	plan->steps = calloc(databases->count + 1, sizeof *plan->steps);
	if (plan->steps == NULL)
		return ERR_MEMORY;
	for (; plan->count < databases->count; plan->count++) {
		struct plan_step *step = &plan->steps[plan->count];
		step->database = &databases->items[plan->count];
		TRY(decide(step, home, module));
		plan->change_count += change_is_one(step->change) ? 1 : 0;
	}
	*out_plan = TAKE(plan);
	return ERR_OK;
}

static enum err change_one(const struct plan *plan, const struct plan_step *step)
{
	const char *folder = step->database->folder;

	if (step->change != CHANGE_ADD)
		TRY(modutil_delete(folder, step->registration.name));
	return plan->module == NULL ? ERR_OK : modutil_add(folder, plan->module);
}

void plan_do(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (change_is_one(plan->steps[i].change))
			plan->steps[i].failure = change_one(plan, &plan->steps[i]);
}

void plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; plan->steps != NULL && i < plan->count; i++)
		registration_clear(&plan->steps[i].registration);
	free(plan->steps);
	free(plan);
}

bool change_is_one(enum change change)
{
	return change == CHANGE_ADD || change == CHANGE_REPLACE || change == CHANGE_REMOVE;
}

bool plan_step_is_open(const struct plan_step *step)
{
	return step->failure != ERR_OK || step->change == CHANGE_IN_USE ||
	       step->change == CHANGE_FOREIGN || step->change == CHANGE_UNREADABLE;
}

const char *plan_step_word(const struct plan_step *step)
{
	static const char *const words[CHANGE_COUNT] = {
		[CHANGE_ADD] = "registered",      [CHANGE_REPLACE] = "registered",
		[CHANGE_REMOVE] = "removed",      [CHANGE_THERE] = "already-there",
		[CHANGE_NOT_THERE] = "not-there", [CHANGE_IN_USE] = "in-use",
		[CHANGE_FOREIGN] = "foreign",     [CHANGE_UNREADABLE] = "unreadable",
	};

	return step->failure != ERR_OK ? "failed" : words[step->change];
}
