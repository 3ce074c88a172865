/* timestamp.h - time stamps over a whole document (ISO 32000-2, 12.8.5; RFC 3161).
 */
#pragma once

#include "tool/sign/cms_check.h"
#include "vault/base/err.h"

/* As cms_check; the moment is the one that the time stamp authority has signed. */
enum err timestamp_check(CMS_ContentInfo *cms, const struct content *document,
			 const struct trust *trust, struct signature_reports *reports) MUST_CHECK;
