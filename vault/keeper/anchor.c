/* anchor.c - see anchor.h */
#include "vault/keeper/anchor.h"

#include <string.h>
#include <sys/stat.h>

#include "vault/base/bytes.h"
#include "vault/base/file.h"

bool anchor_exists(int folder)
{
	return file_exists(folder, ANCHOR_NAME);
}

enum err anchor_read(const struct anchor *anchor, enum anchor_answer *out_answer,
		     struct digest *out_value)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

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
	(void)token; /* what an NV index would be extended by */
	return write_value(anchor, next);
}

/* The rename may be visible and not yet durable, and a failed fsync is reported only once: the
 * file is written anew. */
enum err anchor_confirm(const struct anchor *anchor, const struct digest *value)
{
	return write_value(anchor, value);
}
