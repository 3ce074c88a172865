/* tpm_rc.h - what an answer code of the TPM, or of the library before it, means for us. */
#pragma once

#include <tss2/tss2_common.h>

#include "vault/base/err.h"

enum tpm_cure {
	TPM_CURE_NONE,    /* the answer stands */
	TPM_CURE_WAIT,    /* not begun: the same command may be sent again a little later */
	TPM_CURE_RESTART, /* session or connection are worth nothing; begin anew */
};

struct tpm_meaning {
	enum err err;
	enum tpm_cure cure;
};

/* A pure table. An unknown code is ERR_TPM_FAULT. */
struct tpm_meaning tpm_meaning_of(TSS2_RC rc);

/* The code without the layer it came through and, of a format-one code, without the number of
 * the handle, session or parameter at fault. */
TSS2_RC tpm_plain_code(TSS2_RC rc);
