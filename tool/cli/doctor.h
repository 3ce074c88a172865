/* doctor.h - kinko doctor: one look at everything that must work before a program can sign with the
 * vault. Each step says what it found and, where something is wrong, what to do.
 *
 * Nothing is changed, nothing asks the network; only the last step needs the PIN.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"
#include "tool/cli/entries.h"
#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/client/client.h"

enum doctor_state { DOCTOR_OK, DOCTOR_FAILED, DOCTOR_NOT_DONE };

struct doctor_step {
	const char *name; /* "socket", ...: for programs, never changes */
	enum doctor_state state;
	char *finding; /* safe to show */
	char *advice;  /* safe to show; "" when there is nothing to do */
};

enum { DOCTOR_STEPS_MAX = 24 };

struct doctor {
	struct run *run;
	struct client *client;   /* a loan; NULL: the vault is not reachable, or refused */
	struct policy *policy;   /* NULL: it could not be read */
	struct entries *entries; /* NULL: they could not be listed */
	bool is_private;
	size_t count;
	struct doctor_step steps[DOCTOR_STEPS_MAX];
};
void doctor_clear(struct doctor *doctor);
OWN_DEFINE_HELD(doctor, doctor_clear)

/* The certificate that programs see; NULL: none. A loan. */
const struct entry *doctor_active(const struct doctor *doctor);

/* Add a step. Both texts are taken over, also on failure; a NULL is a composition that failed. */
enum err doctor_say(struct doctor *doctor, const char *name, enum doctor_state state, char *finding,
		    char *advice) MUST_CHECK;
/* The same with texts that need no composing. */
enum err doctor_say_plain(struct doctor *doctor, const char *name, enum doctor_state state,
			  const char *finding, const char *advice) MUST_CHECK;
/* A step that failed with `err`, in its own words. */
enum err doctor_say_error(struct doctor *doctor, const char *name, enum err err) MUST_CHECK;

/* The steps, in this order; each adds its own lines. An error is our own fault (no memory) or the
 * person's interrupt, never what was found. */
enum err doctor_vault(struct doctor *doctor) MUST_CHECK;
enum err doctor_certificate(struct doctor *doctor) MUST_CHECK;
enum err doctor_clock(struct doctor *doctor) MUST_CHECK;
enum err doctor_originals(struct doctor *doctor, const char *home) MUST_CHECK;
enum err doctor_programs(struct doctor *doctor, const char *home) MUST_CHECK;
enum err doctor_browsers(struct doctor *doctor, const char *home) MUST_CHECK;
enum err doctor_signature(struct doctor *doctor) MUST_CHECK;
