/* status_words.h - the vault's words for its protections and parts, as people read them.
 */
#pragma once

#include <stdbool.h>

/* A message id; a word that is not known (a newer vault) stands for itself. */
const char *status_words_of(const char *word);
/* Whether only a vault that is open can know it. */
bool status_words_need_open_vault(const char *word);
/* Whether the vault's detail to this word says something to people. */
bool status_words_have_detail(const char *word);
