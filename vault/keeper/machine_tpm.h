/* machine_tpm.h - the machine key of a vault that is tied to a TPM.
 *
 * The TPM's half is opened with a password from the host secret, after the Name of the TPM's
 * storage root key was found to be the one that enrolment recorded under a MAC of the host
 * secret. So neither the TPM alone nor host.key alone opens anything.
 */
#pragma once

#include "vault/keeper/machine.h"
#include "vault/keeper/tpm.h"

/* Its device is a struct tpm. */
extern const struct machine_kind machine_kind_tpm;

/* Fills in what the head keeps of the TPM: a new half, sealed, and the SRK's Name with its MAC;
 * trusts this TPM from now on. Old contents of these fields are cleared. */
enum err machine_enroll_tpm(struct tpm *tpm, const struct secret *host_key,
			    struct vault_key_head *head) MUST_CHECK;
