/* tpm.c - see tpm.h and tpm_context.h */
#include "vault/keeper/tpm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/keeper/tpm_context.h"
#include "vault/keeper/tpm_session.h"

enum { RESTARTS_MAX = 2, PAUSE_FIRST = 20, PAUSE_MAX = 1000 /* milliseconds */ };

void tpm_quiet_library(void)
{
	(void)setenv("TSS2_LOG", "all+none", 1);
}

enum err tpm_new(const struct tpm_port *port, struct tpm **out_tpm)
{
	struct tpm *tpm = calloc(1, sizeof *tpm);

	if (tpm == NULL)
		return ERR_MEMORY;
	if (pthread_mutex_init(&tpm->turn, NULL) != 0) {
		free(tpm);
		return ERR_MEMORY;
	}
	tpm->port = port;
	tpm->session = ESYS_TR_NONE;
	*out_tpm = tpm;
	return ERR_OK;
}

void tpm_free(struct tpm *tpm)
{
	if (tpm == NULL)
		return;
	tpm_hang_up(tpm);
	pthread_mutex_destroy(&tpm->turn);
	free(tpm);
}

void tpm_take_turn(struct tpm *tpm)
{
	(void)pthread_mutex_lock(&tpm->turn);
}

void tpm_end_turn(struct tpm *const *tpm)
{
	(void)pthread_mutex_unlock(&(*tpm)->turn);
}

/* -- connecting ------------------------------------------------------------------------------- */

static enum err open_port(struct tpm *tpm)
{
	size_t size = 0;

	TRY(tpm_answer(tpm, tpm->port->open(tpm->port, NULL, &size), "port"));
	tpm->tcti = calloc(1, size);
	if (tpm->tcti == NULL)
		return tpm_stands(tpm, ERR_MEMORY);
	if (tpm->port->open(tpm->port, tpm->tcti, &size) == TSS2_RC_SUCCESS)
		return ERR_OK;
	free(tpm->tcti);
	tpm->tcti = NULL;
	tpm->cure = TPM_CURE_RESTART;
	return err_note(ERR_TPM_GONE, "%s cannot be opened", tpm->port->where);
}

static TSS2_RC ask_family(struct tpm *tpm, uint32_t *out_family)
{
	TPMS_CAPABILITY_DATA *answer = NULL;
	TPMI_YES_NO more = TPM2_NO;
	TSS2_RC rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_TPM_PROPERTIES, TPM2_PT_FAMILY_INDICATOR, 1, &more,
					&answer);

	*out_family = 0;
	if (rc == TSS2_RC_SUCCESS && answer->data.tpmProperties.count == 1)
		*out_family = answer->data.tpmProperties.tpmProperty[0].value;
	Esys_Free(answer);
	return rc;
}

/* An answer that the library cannot take apart as one of a TPM 2.0: a TPM 1.2 gives one. */
static bool is_unreadable(TSS2_RC rc)
{
	return (rc & TSS2_RC_LAYER_MASK) == TSS2_SYS_RC_LAYER;
}

/* The firmware or the kernel has started a machine's TPM; one that was restarted since has not
 * been. */
static enum err check_family(struct tpm *tpm)
{
	static const uint32_t family = 0x322E3000; /* "2.0" */
	uint32_t found = 0;
	TSS2_RC rc = ask_family(tpm, &found);

	if (tpm_plain_code(rc) == TPM2_RC_INITIALIZE) {
		TRY(tpm_answer(tpm, Esys_Startup(tpm->esys, TPM2_SU_CLEAR), "Startup"));
		rc = ask_family(tpm, &found);
	}
	if (is_unreadable(rc))
		return tpm_stands(tpm, ERR_TPM_VERSION);
	TRY(tpm_answer(tpm, rc, "GetCapability"));
	return found == family ? ERR_OK : tpm_stands(tpm, ERR_TPM_VERSION);
}

static enum err begin(struct tpm *tpm)
{
	TRY(open_port(tpm));
	TRY(tpm_answer(tpm, Esys_Initialize(&tpm->esys, tpm->tcti, NULL), "Initialize"));
	return check_family(tpm);
}

static enum err connect_tpm(struct tpm *tpm)
{
	enum err err = tpm->esys == NULL ? begin(tpm) : ERR_OK;

	if (err != ERR_OK)
		tpm_hang_up(tpm); /* connected is: known to be a TPM 2.0 */
	return err;
}

void tpm_hang_up(struct tpm *tpm)
{
	if (tpm->esys != NULL) {
		tpm_end_session(tpm);
		Esys_Finalize(&tpm->esys);
	}
	tpm->esys = NULL;
	if (tpm->tcti != NULL)
		Tss2_Tcti_Finalize(tpm->tcti);
	free(tpm->tcti);
	tpm->tcti = NULL;
}

/* -- answers and their cures ------------------------------------------------------------------ */

enum err tpm_stands(struct tpm *tpm, enum err err)
{
	tpm->cure = TPM_CURE_NONE;
	return err;
}

enum err tpm_answer(struct tpm *tpm, TSS2_RC rc, const char *command)
{
	struct tpm_meaning meaning = tpm_meaning_of(rc);

	if (meaning.err == ERR_OK)
		return ERR_OK;
	tpm->cure = meaning.cure;
	return err_note(meaning.err, "the TPM answers 0x%x to %s", rc, command);
}

void tpm_pause(unsigned milliseconds)
{
	struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

	while (nanosleep(&left, &left) != 0)
		;
}

struct patience {
	unsigned waited, next, restarts;
};

static bool wait_longer(const struct tpm *tpm, struct patience *patience)
{
	if (patience->waited + patience->next > tpm->port->patience_milliseconds)
		return false;
	tpm_pause(patience->next);
	patience->waited += patience->next;
	patience->next = patience->next * 2 < PAUSE_MAX ? patience->next * 2 : PAUSE_MAX;
	return true;
}

static bool restart_again(struct tpm *tpm, struct patience *patience, enum tpm_repeat repeat)
{
	tpm_hang_up(tpm);
	return repeat == TPM_REPEATABLE && patience->restarts++ < RESTARTS_MAX;
}

static bool is_worth_another_try(struct tpm *tpm, struct patience *patience, enum tpm_repeat repeat)
{
	switch (tpm->cure) {
	case TPM_CURE_WAIT:
		return wait_longer(tpm, patience);
	case TPM_CURE_RESTART:
		return restart_again(tpm, patience, repeat);
	case TPM_CURE_NONE:
		return false;
	}
	return false;
}

enum err tpm_do(struct tpm *tpm, enum tpm_repeat repeat, tpm_step step, void *work)
{
	struct patience patience = {0, PAUSE_FIRST, 0};
	enum err err;

	do {
		err = connect_tpm(tpm);
		if (err == ERR_OK)
			err = step(tpm, work);
	} while (err != ERR_OK && is_worth_another_try(tpm, &patience, repeat));
	return err;
}

/* -- whom we talk to -------------------------------------------------------------------------- */

static enum err only_connect(struct tpm *tpm, void *work)
{
	(void)work;
	return check_family(tpm); /* also when connected long ago: does it still answer? */
}

enum err tpm_check(struct tpm *tpm)
{
	TPM_TURN(tpm);
	return tpm_do(tpm, TPM_REPEATABLE, only_connect, NULL);
}

static enum err learn(struct tpm *tpm, void *work)
{
	(void)work;
	return tpm_learn_srk(tpm);
}

enum err tpm_learn(struct tpm *tpm, struct bytes *out_srk_name)
{
	TPM_TURN(tpm);
	TRY(tpm_do(tpm, TPM_REPEATABLE, learn, NULL));
	return bytes_copy(tpm->srk_name.name, tpm->srk_name.size, out_srk_name);
}

enum err tpm_expect(struct tpm *tpm, const struct bytes *srk_name)
{
	TPM_TURN(tpm);
	if (srk_name->size == 0 || srk_name->size > sizeof tpm->srk_name.name)
		return err_note(ERR_TPM_REPLACED, "no Name of an SRK has %zu bytes",
				srk_name->size);
	tpm_end_session(tpm); /* it may be salted to another one */
	tpm->srk_name.size = (uint16_t)srk_name->size;
	memcpy(tpm->srk_name.name, srk_name->data, srk_name->size);
	return ERR_OK;
}
