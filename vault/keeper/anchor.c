/* anchor.c - see anchor.h */
#include "vault/keeper/anchor.h"

#include <string.h>
#include <sys/stat.h>

#include "vault/base/bytes.h"
#include "vault/base/file.h"
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
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	if (anchor->kind == ANCHOR_NV)
		return anchor_nv_read(anchor, out_answer, out_value);
	TRY(file_read(anchor->folder, ANCHOR_NAME, DIGEST_SIZE, &answer, &bytes));
	if (bytes.size != 0 && bytes.size != DIGEST_SIZE)
		return err_note(ERR_ROLLED_BACK, "the anchor is not 32 bytes");
	*out_value = (struct digest){{0}};
	*out_answer = bytes.size == 0 ? ANCHOR_UNWRITTEN : ANCHOR_WRITTEN;
	if (bytes.size == DIGEST_SIZE)
		memcpy(out_value->bytes, bytes.data, DIGEST_SIZE);
	return ERR_OK;
}

static enum err write_value(const struct anchor *anchor, const struct digest *value)
{
	return file_replace(anchor->folder, ANCHOR_NAME, S_IRUSR | S_IWUSR, value->bytes,
			    DIGEST_SIZE);
}

enum err anchor_move(const struct anchor *anchor, const struct digest *token,
		     const struct digest *next)
{
	return anchor->kind == ANCHOR_NV ? anchor_nv_move(anchor, token, next)
					 : write_value(anchor, next);
}

/* The rename may be visible and not yet durable, and a failed fsync is reported only once: the
 * file is written anew. What a TPM has answered is durable. */
enum err anchor_confirm(const struct anchor *anchor, const struct digest *value)
{
	return anchor->kind == ANCHOR_NV ? ERR_OK : write_value(anchor, value);
}
