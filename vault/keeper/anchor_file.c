/* anchor_file.c - see anchor_file.h; the layout is in docs/store.md. */
#include "vault/keeper/anchor_file.h"

#include <string.h>
#include <sys/stat.h>

#include "vault/base/bytes.h"
#include "vault/base/cursor.h"
#include "vault/base/file.h"

enum {
	SECTOR_SIZE = 512, /* what a disk writes whole, or not at all, at the least */
	SLOT_COUNT = 2,
	FILE_SIZE = SLOT_COUNT * SECTOR_SIZE,
	CHECKED_SIZE = DIGEST_SIZE + 8,
	SLOT_SIZE = CHECKED_SIZE + DIGEST_SIZE,
};

struct slot {
	struct digest value;
	uint64_t number; /* counts the moves, from 1 */
};

/* What the file says: the slot with the highest number that is whole. */
struct standing {
	enum anchor_answer answer;
	struct slot current; /* zero while unwritten */
	unsigned index;      /* of the current slot */
};

static void encode(const struct slot *slot, uint8_t out_bytes[SLOT_SIZE])
{
	struct cursor cursor = cursor_to_write(out_bytes, CHECKED_SIZE);
	struct slot written = *slot;
	struct digest check;

	cursor_digest(&cursor, &written.value);
	cursor_u64(&cursor, &written.number);
	digest_of(out_bytes, CHECKED_SIZE, &check);
	memcpy(out_bytes + CHECKED_SIZE, check.bytes, DIGEST_SIZE);
}

/* False: it was never written, or a write of it was cut off. */
static bool decode(const uint8_t *bytes, struct slot *out_slot)
{
	struct cursor cursor = cursor_to_read(bytes, CHECKED_SIZE);
	struct digest check;

	digest_of(bytes, CHECKED_SIZE, &check);
	if (memcmp(check.bytes, bytes + CHECKED_SIZE, DIGEST_SIZE) != 0)
		return false;
	cursor_digest(&cursor, &out_slot->value);
	cursor_u64(&cursor, &out_slot->number);
	return cursor_end(&cursor) == ERR_OK;
}

static enum err find_current(const uint8_t *file, struct standing *out_standing)
{
	struct slot slots[SLOT_COUNT] = {0};
	bool is_whole[SLOT_COUNT];
	unsigned current;

	for (unsigned i = 0; i < SLOT_COUNT; i++)
		is_whole[i] = decode(file + i * SECTOR_SIZE, &slots[i]);
	if (!is_whole[0] && !is_whole[1])
		return err_note(ERR_ROLLED_BACK, "no slot of the anchor is whole");
	if (is_whole[0] && is_whole[1] && slots[0].number == slots[1].number)
		return err_note(ERR_ROLLED_BACK, "both slots of the anchor claim to be the last");
	current = !is_whole[0] || (is_whole[1] && slots[1].number > slots[0].number);
	*out_standing = (struct standing){ANCHOR_WRITTEN, slots[current], current};
	return ERR_OK;
}

static enum err read_standing(int folder, struct standing *out_standing)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	TRY(file_read(folder, ANCHOR_NAME, FILE_SIZE, &answer, &bytes));
	if (bytes.size == FILE_SIZE)
		return find_current(bytes.data, out_standing);
	if (bytes.size != 0)
		return err_note(ERR_ROLLED_BACK, "the anchor has a wrong size");
	*out_standing = (struct standing){.answer = ANCHOR_UNWRITTEN};
	return ERR_OK;
}

enum err anchor_file_read(int folder, enum anchor_answer *out_answer, struct digest *out_value)
{
	struct standing standing;

	TRY(read_standing(folder, &standing));
	*out_answer = standing.answer;
	*out_value = standing.current.value;
	return ERR_OK;
}

/* With room for both slots from the beginning: later writes change no length and no block, and
 * the file system has nothing else to write for them. */
enum err anchor_file_make(int folder, const struct digest *value)
{
	const struct slot first = {*value, 1};
	uint8_t file[FILE_SIZE] = {0};

	encode(&first, file);
	return file_replace(folder, ANCHOR_NAME, S_IRUSR | S_IWUSR, file, sizeof file);
}

static enum err write_slot(int folder, unsigned index, const struct slot *slot)
{
	uint8_t bytes[SLOT_SIZE];

	encode(slot, bytes);
	return file_overwrite(folder, ANCHOR_NAME, index * SECTOR_SIZE, bytes, sizeof bytes);
}

enum err anchor_file_move(int folder, const struct digest *token, const struct digest *next)
{
	struct standing standing;
	struct digest reached;

	TRY(read_standing(folder, &standing));
	digest_of_two(standing.current.value.bytes, DIGEST_SIZE, token->bytes, DIGEST_SIZE,
		      &reached);
	if (!digest_equal(&reached, next))
		return err_note(ERR_ROLLED_BACK, "the anchor is not where the move begins");
	if (standing.answer == ANCHOR_UNWRITTEN)
		return anchor_file_make(folder, next);
	struct slot slot = {*next, standing.current.number + 1};
	return write_slot(folder, 1 - standing.index, &slot);
}

/* A failed sync is reported only once and what was written may never have reached the disk: the
 * same slot is written anew. The other one is left alone: it may be all that is durable. */
enum err anchor_file_confirm(int folder, const struct digest *value)
{
	struct standing standing;

	TRY(read_standing(folder, &standing));
	if (standing.answer == ANCHOR_UNWRITTEN || !digest_equal(&standing.current.value, value))
		return err_note(ERR_ROLLED_BACK, "the anchor is not where it was just read");
	return write_slot(folder, standing.index, &standing.current);
}
