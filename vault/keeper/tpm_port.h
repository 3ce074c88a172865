/* tpm_port.h - the way to a TPM: what kinkod opens, and what a test puts in its place.
 *
 * A port is a constant of the program that uses it. No environment variable, no file and no
 * option chooses one, and a release binary is linked with the device's only.
 */
#pragma once

#include <stddef.h>

#include <tss2/tss2_tcti.h>

struct tpm_port {
	/* As TSS2_TCTI_INIT_FUNC: with NULL it answers the size, else it opens. */
	TSS2_RC (*open)(const struct tpm_port *port, TSS2_TCTI_CONTEXT *tcti, size_t *size);
	const char *where;
	unsigned patience_milliseconds; /* how long a busy TPM is waited for */
};
