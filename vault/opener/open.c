/* open.c - see open.h. The order of the steps is what makes every cause distinguishable. */
#include "vault/opener/open.h"

#include <stdlib.h>
#include <string.h>

#include "vault/opener/choice.h"
#include "vault/opener/contents.h"
#include "vault/opener/outer.h"
#include "vault/opener/passphrase.h"
#include "vault/opener/rebuild.h"
#include "vault/opener/safes.h"

static enum err check_job(const struct opener_job *job)
{
	if (job->mode < OPENER_KEY || job->mode > OPENER_PIN)
		return err_note(ERR_WIRE, "unknown mode %u", job->mode);
	if (job->original != NULL && secret_size(job->original) > ORIGINAL_SIZE_MAX)
		return ERR_ORIGINAL_TOO_LARGE;
	TRY(passphrase_check(job->pin));
	if (job->mode != OPENER_PIN)
		return ERR_OK;
	return job->new_pin == NULL ? ERR_PIN_TEXT : passphrase_check(job->new_pin);
}

/* Shell, cost, PIN, contents. */
static enum err unlock(const struct secret *original, const struct secret *pin,
		       const struct library *library, struct contents *contents)
{
	AUTO_HELD(outer) outer = {.safes = {.size = 0}};
	struct unlocking unlocking = {.library = library, .pin = pin};
	char text[MAC_NAME_SIZE];

	TRY(outer_read(original == NULL ? NULL : secret_view(original),
		       original == NULL ? 0 : secret_size(original), &outer));
	TRY(effort_declare(&unlocking.effort, "MAC", outer.mac.stretch.rounds));
	TRY(safes_survey(&outer.safes, &unlocking));
	TRY(mac_verify(&outer.mac, &unlocking, &outer.safes));
	TRY(safes_unlock(&outer.safes, &unlocking, contents));
	mac_describe(&outer.mac, text);
	return contents_add_protection(contents, text, mac_is_weak(&outer.mac));
}

static enum err copy_chain(const struct choice *choice, struct bytes_list *out_list)
{
	for (size_t i = 0; i < choice->chain_count; i++) {
		const struct bytes *der = &choice->chain[i]->der;
		TRY(bytes_copy(der->data, der->size, &out_list->items[i]));
		out_list->count = i + 1;
	}
	return ERR_OK;
}

static enum err describe(const struct contents *contents, const struct choice *choice,
			 struct opened *opened)
{
	opened->friendly_name = strdup(choice->name);
	opened->protection = strdup(contents->protection);
	opened->is_weakly_protected = contents->is_weakly_protected;
	if (opened->friendly_name == NULL || opened->protection == NULL)
		return ERR_MEMORY;
	TRY(bytes_copy(choice->leaf->der.data, choice->leaf->der.size, &opened->certificate));
	return copy_chain(choice, &opened->chain);
}

/* What was built is opened like any other original before it may leave. */
static enum err rebuild_and_prove(const struct choice *choice, const struct library *library,
				  const struct secret *new_pin, struct secret **out_original)
{
	AUTO(secret) original = NULL;
	AUTO(contents) contents = NULL;
	struct choice again;

	TRY(rebuild(choice, library, new_pin, &original));
	TRY(contents_new(&contents));
	TRY(unlock(original, new_pin, library, contents));
	TRY(choice_make(contents, &again));
	TRY(key_prove(&again.key->key, choice->leaf->x509, library));
	if (again.chain_count != choice->chain_count || strcmp(again.name, choice->name) != 0)
		return err_note(ERR_INTERNAL, "the rebuilt original differs");
	*out_original = TAKE(original);
	return ERR_OK;
}

static enum err answer(const struct opener_job *job, const struct library *library,
		       const struct contents *contents, const struct choice *choice,
		       struct opened *opened)
{
	switch ((enum opener_mode)job->mode) {
	case OPENER_KEY: /* the daemon has the key sign before it keeps it */
		TRY(describe(contents, choice, opened));
		return key_encode(&choice->key->key, &opened->key);
	case OPENER_CHECK:
		TRY(key_prove(&choice->key->key, choice->leaf->x509, library));
		return describe(contents, choice, opened);
	case OPENER_SHOW:
		return describe(contents, choice, opened);
	case OPENER_PIN:
		TRY(key_prove(&choice->key->key, choice->leaf->x509, library));
		return rebuild_and_prove(choice, library, job->new_pin, &opened->rebuilt);
	}
	return ERR_INTERNAL;
}

enum err open_original(const struct opener_job *job, const struct library *library,
		       struct opened **out_opened)
{
	AUTO(contents) contents = NULL;
	AUTO(opened) opened = calloc(1, sizeof *opened);
	struct choice choice;

	if (opened == NULL)
		return ERR_MEMORY;
	TRY(check_job(job));
	TRY(contents_new(&contents));
	TRY(unlock(job->original, job->pin, library, contents));
	TRY(choice_make(contents, &choice));
	TRY(answer(job, library, contents, &choice, opened));
	*out_opened = TAKE(opened);
	return ERR_OK;
}
