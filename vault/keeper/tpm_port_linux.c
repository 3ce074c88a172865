/* tpm_port_linux.c - the TPM behind the kernel's resource manager (/dev/tpmrm0), which forgets
 * every object and session of ours when the device is closed, however we end. */
#include "vault/keeper/tpm_port.h"

#include <tss2/tss2_tcti_device.h>

#include "vault/keeper/tpm.h"

static TSS2_RC open_device(const struct tpm_port *port, TSS2_TCTI_CONTEXT *tcti, size_t *size)
{
	return Tss2_Tcti_Device_Init(tcti, size, port->where);
}

const struct tpm_port tpm_port_machine = {open_device, "/dev/tpmrm0", 10000};
