/* tpm_context.h - inside the TPM's files only: the conversation, and how it is mended.
 *
 *   the TPM said            what follows
 *   busy, writes limited    the same step again, after a pause, within the port's patience
 *   session lost, or the    hang up, connect, session anew; then the step again, unless it may
 *   connection              be done once only: then the caller finds out what became of it
 *   anything else           the answer stands
 *
 * A step is what must happen within one connection. It flushes what it loads on every path.
 */
#pragma once

#include <pthread.h>

#include <tss2/tss2_esys.h>

#include "vault/base/err.h"
#include "vault/keeper/tpm_port.h"
#include "vault/keeper/tpm_rc.h"

struct tpm {
	pthread_mutex_t turn; /* held during every public call */
	const struct tpm_port *port;
	TSS2_TCTI_CONTEXT *tcti; /* NULL: not connected */
	ESYS_CONTEXT *esys;
	ESYS_TR session;     /* ESYS_TR_NONE: none */
	TPM2B_NAME srk_name; /* size 0: none is trusted yet */
	enum tpm_cure cure;  /* of the last answer that was no success */
};

typedef enum err (*tpm_step)(struct tpm *tpm, void *work);

enum tpm_repeat { TPM_REPEATABLE, TPM_ONCE };

void tpm_take_turn(struct tpm *tpm);
void tpm_end_turn(struct tpm *const *tpm);
#define TPM_TURN(whose)                                                     \
	__attribute__((cleanup(tpm_end_turn))) struct tpm *turn_ = (whose); \
	tpm_take_turn(turn_)

/* The caller has the turn. */
enum err tpm_do(struct tpm *tpm, enum tpm_repeat repeat, tpm_step step, void *work) MUST_CHECK;

/* The meaning of an answer; `command` goes into the operator's note. */
enum err tpm_answer(struct tpm *tpm, TSS2_RC rc, const char *command) MUST_CHECK;
/* A failure that we found ourselves in an answer; it stands. */
enum err tpm_stands(struct tpm *tpm, enum err err) MUST_CHECK;

void tpm_hang_up(struct tpm *tpm);
void tpm_pause(unsigned milliseconds);
