/* register_plan.h - what register and unregister will do to each database, decided before anything
 * is changed, so that it can be announced; then done.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/cli/register_databases.h"
#include "tool/cli/register_modules.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

enum change {
	CHANGE_ADD,     /* the module is entered */
	CHANGE_REPLACE, /* it is entered from another place: that entry goes, then it is entered */
	CHANGE_REMOVE,
	/* Nothing is changed, because */
	CHANGE_THERE,     /* it is entered already */
	CHANGE_NOT_THERE, /* it is not entered */
	CHANGE_IN_USE,    /* a program has the database open */
	CHANGE_FOREIGN,   /* the database belongs to another user */
	CHANGE_UNREADABLE,
	CHANGE_COUNT
};

struct plan_step {
	const struct database *database; /* a loan */
	enum change change;
	enum err failure; /* of doing it; ERR_OK */
	struct registration registration;
};

struct plan {
	size_t count;
	struct plan_step *steps;
	const char *module; /* a loan; NULL: to be removed */
	size_t change_count;
};

/* `module` NULL: unregister. The databases and the texts must outlive the plan. */
enum err plan_make(const struct databases *databases, const char *home, const char *module,
		   struct plan **out_plan) MUST_CHECK;
/* Does it, each database for itself; what failed stands in the steps. */
void plan_do(struct plan *plan);
void plan_free(struct plan *plan);
OWN_DEFINE(plan, plan_free)

bool change_is_one(enum change change);
/* Whether the database is not as it was asked to be after this. */
bool plan_step_is_open(const struct plan_step *step);
/* "registered", "already-there", ...: for programs. */
const char *plan_step_word(const struct plan_step *step);
