/* given_tpm.h - a real TPM 2.0 in software (swtpm) in a folder of its own, that can be cut off
 * from power, cleared, locked out, and made to answer what a test wants.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <tss2/tss2_esys.h>

#include "vault/keeper/tpm.h"
#include "vault/keeper/tpm_port.h"

/* What happens to the commands after the next `skip` ones of this kind. */
enum given_mishap {
	GIVEN_NO_MISHAP,
	GIVEN_ANSWER,     /* they are not sent; `answer` comes back */
	GIVEN_CUT_BEFORE, /* the power fails before the TPM sees it */
	GIVEN_CUT_AFTER,  /* the power fails after it was done, before the answer arrives */
};

struct given_plan {
	enum given_mishap mishap;
	TPM2_CC command; /* 0: any */
	unsigned skip;
	unsigned times; /* how often; cuts happen once */
	TPM2_RC answer;
};

struct given_tpm {
	struct tpm_port port; /* first: what tpm_new gets */
	char folder[64];
	char where[96];
	bool is_version_1;
	pid_t pid; /* 0: without power */
	struct given_plan plan;
	unsigned sent; /* commands that reached it */
};

/* NULL when swtpm is not installed; it says so. Then the test is to be skipped. */
struct given_tpm *given_tpm(void);
struct given_tpm *given_tpm_version_1(void);
void given_tpm_gone(struct given_tpm *given);

/* kill -9: whatever it had in memory only is lost. The state stays. */
void given_power_cut(struct given_tpm *given);
void given_power(struct given_tpm *given);
/* Its permanent state, kept and put back; without power both. */
void given_state_kept(struct given_tpm *given);
void given_state_put_back(struct given_tpm *given);

/* A conversation of the test's own; nobody else may be connected meanwhile. */
ESYS_CONTEXT *given_esys(struct given_tpm *given, TSS2_TCTI_CONTEXT **out_tcti);
void given_esys_gone(ESYS_CONTEXT *esys, TSS2_TCTI_CONTEXT *tcti);

void given_cleared(struct given_tpm *given);
void given_owner_password(struct given_tpm *given, const char *old, const char *new);
void given_lockout(struct given_tpm *given);
void given_owner_off(struct given_tpm *given);
/* Defines indices of others until there is no room; answers how many. */
unsigned given_full(struct given_tpm *given, uint32_t first);

uint32_t given_property(ESYS_CONTEXT *esys, TPM2_PT property);

/* Part 2, 7.4; the library's own macros shift a bit out of an int. */
#define GIVEN_OBJECTS 0x80000000U
#define GIVEN_LOADED  0x02000000U /* sessions in the TPM's memory */
#define GIVEN_SAVED   0x03000000U /* sessions put aside */
unsigned given_handles(ESYS_CONTEXT *esys, TPM2_HANDLE first);

struct secret *given_secret(uint8_t first_byte); /* 32 bytes */

#define GIVEN_TPM_OR_SKIP(name)               \
	struct given_tpm *name = given_tpm(); \
	if ((name) == NULL)                   \
	skip()
