/* warnings.c - see warnings.h */
#include "tool/cli/warnings.h"

#include "vault/base/text.h"
#include "vault/base/vault.h"

static const struct {
	enum warning warning;
	const char *text; /* message id */
} table[] = {
	{WARNING_EXPIRED, N_("Note: this certificate has expired.")},
	{WARNING_NOT_YET_VALID, N_("Note: this certificate is not valid yet.")},
	{WARNING_WEAK_SIGNATURE, N_("Note: the issuer signed this certificate in an old way that "
				    "is weak today (SHA-1 or MD5).")},
	{WARNING_ON_THIS_COMPUTER, N_("Note: the original lies on this computer. Please move it to "
				      "a USB stick and lock that away; "
				      "until then the vault knows of no original.")},
	{WARNING_WEAK_PROTECTION, N_("Note: the protection of the original is weak by today's "
				     "standards. Please lock the USB stick away.")},
};

void warnings_tell(const struct run *run, uint32_t warnings)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if ((warnings & (uint32_t)table[i].warning) != 0)
			run_tell(run, "%s\n", _(table[i].text));
}
