/* tpm.h - the TPM 2.0 of this machine: one conversation, one command at a time, mended by itself.
 *
 * A busy TPM is waited for. A lost session, a restarted TPM or a broken connection is begun
 * anew, once, as long as the command may be said twice. Nothing of ours stays loaded in the TPM
 * but one session, and that only until tpm_free.
 *
 * Sessions are salted to the storage root key (SRK) with the Name that enrolment recorded, so
 * that whoever sits on the bus, or another TPM, learns nothing: until tpm_learn or tpm_expect
 * there is no session. ESYS copies what it is given into memory of its own; these copies are
 * overwritten before a call returns.
 *
 * The troubles of every call below and in tpm_seal.h and tpm_index.h:
 *   ERR_TPM_GONE            it does not answer, or there is none
 *   ERR_TPM_VERSION         it is no TPM 2.0
 *   ERR_TPM_REPLACED        another TPM, or this one was cleared
 *   ERR_TPM_LOCKED_OUT      dictionary attack lockout (nothing of ours is subject to it)
 *   ERR_TPM_OWNER_PASSWORD  the owner hierarchy has a password
 *   ERR_TPM_OFF             the owner hierarchy is switched off
 *   ERR_TPM_BUSY            busy or limiting writes for longer than the port's patience
 *   ERR_TPM_FAULT           an answer that makes no sense
 */
#pragma once

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct tpm;
struct tpm_port;

extern const struct tpm_port tpm_port_machine; /* /dev/tpmrm0 */

/* The library writes every refusal of a TPM to standard error unless told not to. To be called
 * once, while the process has one thread. */
void tpm_quiet_library(void);

/* Talks to nobody yet. The port is borrowed. */
enum err tpm_new(const struct tpm_port *port, struct tpm **out_tpm) MUST_CHECK;
void tpm_free(struct tpm *tpm); /* flushes, hangs up; accepts NULL */
OWN_DEFINE(tpm, tpm_free)

/* ERR_OK: a TPM 2.0 answers. */
enum err tpm_check(struct tpm *tpm) MUST_CHECK;

/* At enrolment: the Name of this TPM's SRK, which is the only one trusted from now on. */
enum err tpm_learn(struct tpm *tpm, struct bytes *out_srk_name) MUST_CHECK;
/* Later: the Name that was recorded. The caller has checked its MAC. */
enum err tpm_expect(struct tpm *tpm, const struct bytes *srk_name) MUST_CHECK;
