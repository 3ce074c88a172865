/* verify_pdf.h - verify_pdf without a process of its own: for that process, and for tests that ask
 * thousands of times.
 */
#pragma once

#include "tool/sign/verify.h"

enum err verify_pdf_here(const uint8_t *file, size_t size, const struct trust *trust,
			 struct signature_reports **out_reports) MUST_CHECK;
