/* sentence.c - see sentence.h */
#include "tool/cli/sentence.h"

#include "tool/cli/compose.h"
#include "vault/base/text.h"

enum err sentence_of(enum err err, const char *detail, char **out_sentence)
{
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	TRY(text_of_message(err, detail, &message));
	TRY(text_of_advice(err, detail, &advice));
	return compose(out_sentence, "%s%s%s", message, advice[0] == '\0' ? "" : "\n", advice);
}
