/* letter.h - the check of a certificate against the letter 「識別番号及びPINコードのお知らせ」.
 */
#pragma once

#include "tool/cli/pages.h"
#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/cert/entry.h"

enum letter { LETTER_NOT_ASKED, LETTER_AGREES, LETTER_DIFFERS };

/* Shows the points to compare and asks the person whether they agree; a yes is remembered in the
 * vault and in `entry`, a no deletes nothing and says what to do. Without a terminal nothing is
 * asked and nothing remembered. */
enum err letter_check(struct run *run, const struct pages *pages, struct entry *entry,
		      enum letter *out_answer) MUST_CHECK;
