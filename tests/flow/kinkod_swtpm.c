/* kinkod_swtpm.c - kinkod with a TPM in software in the place of the machine's: its first argument
 * is swtpm's socket, the others are kinkod's. No program that people get can do this. */
#include <stdio.h>
#include <stdlib.h>

#include <tss2/tss2_tcti_swtpm.h>

#include "vault/base/text.h"
#include "vault/daemon/options.h"
#include "vault/daemon/run.h"
#include "vault/keeper/tpm_port.h"

static TSS2_RC open_swtpm(const struct tpm_port *port, TSS2_TCTI_CONTEXT *tcti, size_t *size)
{
	return Tss2_Tcti_Swtpm_Init(tcti, size, port->where);
}

static int fail(enum err err)
{
	(void)fprintf(stderr, "kinkod: %s (%s)\n", err_word(err), err_note_text());
	return err_exit_code(err);
}

int main(int count, char **arguments)
{
	struct tpm_port port = {open_swtpm, count > 1 ? arguments[1] : "", 2000};
	struct options options;
	enum err err = run_prepare();

	if (err == ERR_OK)
		err = options_parse(count - 1, arguments + 1, &options);
	if (err == ERR_OK)
		err = run_task(&options, &port);
	return err == ERR_OK ? 0 : fail(err);
}
