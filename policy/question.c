/* question.c - see question.h */
#include "policy/question.h"

#include <string.h>

#include "vault/base/own.h"

static const char *const words[] = {
	[ACTION_LIST] = "list",         [ACTION_IMPORT] = "import", [ACTION_GET] = "get",
	[ACTION_ORIGINAL] = "original", [ACTION_USE] = "use",       [ACTION_DELETE] = "delete",
	[ACTION_PIN] = "pin",           [ACTION_SIGN] = "sign",     [ACTION_DECRYPT] = "decrypt",
};

const char *action_word(enum action action)
{
	return (size_t)action < COUNT_OF(words) ? words[action] : NULL;
}

bool action_of_word(const char *word, enum action *out_action)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i] != NULL && strcmp(words[i], word) == 0) {
			*out_action = (enum action)i;
			return true;
		}
	return false;
}
