/* given_tpm_vault.h - a vault beside a TPM in software, and one certificate. */
#pragma once

#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_tpm.h"

struct tpm_world {
	struct given_tpm *given;
	struct tpm *tpm;
	struct place_for_vault *place;
	struct given_identity *identity;
	struct keeper *keeper;
};

/* Nothing is made yet; the TPM belongs to the world now. */
struct tpm_world given_tpm_world(struct given_tpm *given);
/* Started, with the certificate under the PIN "abcd". */
struct tpm_world given_full_tpm_world(struct given_tpm *given);
/* Talks to nobody yet. */
struct tpm *given_connection(struct given_tpm *given);
void tpm_world_gone(struct tpm_world *world);

/* Opens it anew, and expects it to be ready, or to be refused with this word. */
void tpm_world_starts(struct tpm_world *world);
void tpm_world_refuses(struct tpm_world *world, const char *word);
/* How many indices of non-volatile memory the TPM has. */
unsigned tpm_world_indices(struct tpm_world *world);
enum err tpm_world_login(struct tpm_world *world, const char *pin);

/* Files and commands to the TPM make some hundred points to be killed at: one in five, or with
 * KINKO_EVERY_POINT in the environment each. */
unsigned given_stride(void);
