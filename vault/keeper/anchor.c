/* anchor.c - see anchor.h */
#include "vault/keeper/anchor.h"

#include "vault/base/file.h"
#include "vault/keeper/anchor_file.h"
#include "vault/keeper/anchor_nv.h"

bool anchor_exists(int folder)
{
	return file_exists(folder, ANCHOR_NAME);
}

enum err anchor_is_there(const struct anchor *anchor, bool *out_is_there)
{
	enum anchor_answer answer = ANCHOR_WRITTEN;
	struct digest value;

	if (anchor->kind == ANCHOR_NV)
		TRY(anchor_nv_read(anchor, &answer, &value));
	*out_is_there = anchor->kind == ANCHOR_NV ? answer == ANCHOR_WRITTEN
						  : anchor_exists(anchor->folder);
	return ERR_OK;
}

enum err anchor_read(const struct anchor *anchor, enum anchor_answer *out_answer,
		     struct digest *out_value)
{
	return anchor->kind == ANCHOR_NV ? anchor_nv_read(anchor, out_answer, out_value)
					 : anchor_file_read(anchor->folder, out_answer, out_value);
}

enum err anchor_move(const struct anchor *anchor, const struct digest *token,
		     const struct digest *next)
{
	return anchor->kind == ANCHOR_NV ? anchor_nv_move(anchor, token, next)
					 : anchor_file_move(anchor->folder, token, next);
}

/* What a TPM has answered is durable. */
enum err anchor_confirm(const struct anchor *anchor, const struct digest *value)
{
	return anchor->kind == ANCHOR_NV ? ERR_OK : anchor_file_confirm(anchor->folder, value);
}
