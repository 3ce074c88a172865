/* driver_probe.c - one look at a vault as a whole, and the same look after each of thousands of
 * small alterations.
 *
 * A look opens the vault, lists every owner, reads every certificate, logs in to each with its
 * PIN, signs, and verifies by the certificate that was imported. All that was told makes one
 * digest, so that a vault which opens can be told from one that tells something else.
 */
#include "tests/attack/driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"

struct look {
	enum err err; /* what refused it, if anything */
	struct digest told;
};

/* All that a list tells, but the tries: those are counted where they belong. */
static enum err add_entry(const struct entry *entry, void *context)
{
	struct digest *told = context;
	struct entry copy = *entry;
	uint8_t coded[64 * 1024];
	struct cursor cursor = cursor_to_write(coded, sizeof coded);

	entry_code(&cursor, &copy);
	digest_of_two(told->bytes, DIGEST_SIZE, coded, cursor.at, told);
	return ERR_OK;
}

static enum err add_certificate(struct driver *driver, const struct named *named,
				struct digest *told)
{
	AUTO_HELD(bytes) certificate = {NULL, 0};
	AUTO_HELD(bytes_list) chain = {0};

	TRY(keeper_certificate(driver->keeper, named->owner, &named->identity->id, &certificate,
			       &chain));
	digest_of_two(told->bytes, DIGEST_SIZE, certificate.data, certificate.size, told);
	return ERR_OK;
}

/* A signature that the certificate does not verify counts as something else that was told. */
static enum err sign(struct login *login, const struct named *named, struct digest *told)
{
	static uint8_t text[] = "what is signed";
	const struct bytes *der = &named->identity->certificate;
	const struct bytes message = {text, sizeof text};
	AUTO(certificate) certificate = NULL;
	AUTO_HELD(bytes) signature = {NULL, 0};

	TRY(certificate_parse(der->data, der->size, &certificate));
	TRY(login_sign(login, SIGN_EDDSA, SIGN_SHA512, &message, &signature));
	if (!certificate_verifies(certificate, text, sizeof text, signature.data, signature.size))
		digest_of_two(told->bytes, DIGEST_SIZE, "forged", 6, told);
	return ERR_OK;
}

static enum err log_in(struct driver *driver, const struct named *named, struct digest *told)
{
	AUTO(secret) pin = given_pin(named->pin);
	AUTO(login) login = NULL;
	uint8_t left = 0;

	TRY(keeper_login(driver->keeper, named->owner, &named->identity->id, pin, GIVEN_TRIES,
			 &left, &login));
	return sign(login, named, told);
}

static enum err look_at_open(struct driver *driver, struct digest *told)
{
	bool more = false;

	for (size_t i = 0; i < driver->count; i++)
		TRY(keeper_list(driver->keeper, driver->named[i].owner, 0, 1000, add_entry, told,
				&more));
	for (size_t i = 0; i < driver->count; i++)
		TRY(add_certificate(driver, &driver->named[i], told));
	for (size_t i = 0; i < driver->count; i++)
		TRY(log_in(driver, &driver->named[i], told));
	return ERR_OK;
}

static struct look look(struct driver *driver)
{
	struct look seen = {.err = ERR_OK};

	seen.err = keeper_open(&driver->place->settings, &driver->keeper);
	if (seen.err == ERR_OK)
		seen.err = keeper_refusal(driver->keeper);
	if (seen.err == ERR_OK)
		seen.err = look_at_open(driver, &seen.told);
	keeper_free(TAKE(driver->keeper));
	return seen;
}

void driver_probe(struct driver *driver, struct request *request)
{
	struct look seen;
	char hex[DIGEST_HEX_SIZE] = "";

	driver_close(driver, request);
	seen = look(driver);
	if (seen.err == ERR_OK)
		hex_of(seen.told.bytes, DIGEST_SIZE, hex);
	(void)snprintf(request->answer, ANSWER_SIZE, "%s %s", err_word(seen.err), hex);
}

/* -- the same after every alteration ---------------------------------------------------------- */

enum { FILES_MAX = 16 };

/* The vault's files as they were, to be put back where a look has changed them. */
struct image {
	size_t count;
	struct {
		int folder;
		char name[64];
		struct bytes bytes;
	} files[FILES_MAX];
};

static void image_take_one(struct image *image, int folder, const char *name)
{
	enum file_answer answer = FILE_ABSENT;
	struct bytes bytes = {NULL, 0};

	assert_int_equal(file_read(folder, name, 64 << 20, &answer, &bytes), ERR_OK);
	if (answer == FILE_ABSENT)
		return;
	image->files[image->count].folder = folder;
	(void)snprintf(image->files[image->count].name, sizeof image->files[0].name, "%s", name);
	image->files[image->count++].bytes = bytes;
}

static void image_take(const struct driver *driver, struct image *image)
{
	static const char *const of_state[] = {"vault.key", "vault.db", "vault.db-wal",
					       "audit-0000000000000001.log"};

	for (size_t i = 0; i < COUNT_OF(of_state); i++)
		image_take_one(image, driver->place->state, of_state[i]);
	image_take_one(image, driver->place->anchor, "anchor");
}

static void write_whole(int folder, const char *name, const struct bytes *bytes, size_t size)
{
	AUTO_FD file = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			      S_IRUSR | S_IWUSR);

	assert_true(file >= 0);
	assert_int_equal(file_write_all(file, bytes->data, size), 0);
}

static void image_put_back(const struct driver *driver, const struct image *image)
{
	static const char *const made_by_sqlite[] = {"vault.db-wal", "vault.db-shm"};

	for (size_t i = 0; i < COUNT_OF(made_by_sqlite); i++)
		(void)unlinkat(driver->place->state, made_by_sqlite[i], 0);
	for (size_t i = 0; i < image->count; i++)
		write_whole(image->files[i].folder, image->files[i].name, &image->files[i].bytes,
			    image->files[i].bytes.size);
}

static const struct bytes *image_of(const struct image *image, const char *name, int *out_folder)
{
	for (size_t i = 0; i < image->count; i++)
		if (strcmp(image->files[i].name, name) == 0) {
			*out_folder = image->files[i].folder;
			return &image->files[i].bytes;
		}
	assert_string_equal(name, "a file of the vault");
	return NULL;
}

static void image_clear(struct image *image)
{
	for (size_t i = 0; i < image->count; i++)
		bytes_clear(&image->files[i].bytes);
}

/* What came of many looks. */
struct tally {
	struct digest right; /* what the unaltered vault tells */
	unsigned tried, refused, same, wrong;
	unsigned touched; /* refused at the start, and yet some file is another now */
};

static void judge(struct tally *tally, const struct look *seen)
{
	tally->tried++;
	if (seen->err != ERR_OK)
		tally->refused++;
	else if (digest_equal(&seen->told, &tally->right))
		tally->same++;
	else
		tally->wrong++;
}

static void say(const struct tally *tally, struct request *request)
{
	(void)snprintf(request->answer, ANSWER_SIZE, "%u %u %u %u %u", tally->tried, tally->refused,
		       tally->same, tally->wrong, tally->touched);
}

/* A vault that is refused at the start stays as it is, to the last byte. */
static void look_and_judge(struct driver *driver, struct tally *tally)
{
	struct digest before = given_contents(driver->place), after;
	struct look seen;
	bool is_refused;

	is_refused = keeper_open(&driver->place->settings, &driver->keeper) == ERR_OK &&
		     keeper_refusal(driver->keeper) != ERR_OK;
	keeper_free(TAKE(driver->keeper));
	after = given_contents(driver->place);
	if (is_refused) {
		tally->tried++;
		tally->refused++;
		tally->touched += !digest_equal(&before, &after);
		return;
	}
	seen = look(driver);
	judge(tally, &seen);
}

struct alteration {
	int folder;
	const char *name;
	const struct bytes *bytes;
};

static void alter_byte(const struct alteration *alteration, size_t at, uint8_t mask)
{
	AUTO_FD file = openat(alteration->folder, alteration->name, O_WRONLY | O_CLOEXEC);
	uint8_t altered = alteration->bytes->data[at] ^ mask;

	assert_true(file >= 0);
	assert_int_equal(pwrite(file, &altered, 1, (off_t)at), 1);
}

/* A bit that differs from byte to byte and from seed to seed, and is the same in every run. */
static uint8_t mask_of(size_t at, unsigned long seed)
{
	uint64_t mixed = (at + 1) * 0x9E3779B97F4A7C15ULL + seed * 0xD1B54A32D192ED03ULL;

	return (uint8_t)(1U << (mixed >> 61));
}

static void begin(struct driver *driver, struct request *request, struct image *image,
		  struct tally *tally)
{
	struct look seen;

	driver_close(driver, request);
	image_take(driver, image);
	seen = look(driver);
	assert_string_equal(err_word(seen.err), "ok");
	tally->right = seen.told;
	image_put_back(driver, image);
}

void driver_flip(struct driver *driver, struct request *request)
{
	struct image image = {0};
	struct tally tally = {0};
	struct alteration alteration = {.name = request_word(request, 1)};
	size_t from = request_number(request, 2), to = request_number(request, 3);
	size_t step = request_number(request, 4);
	bool all = strcmp(request_word(request, 5), "all") == 0;
	unsigned long seed = all ? 0 : request_number(request, 5);

	begin(driver, request, &image, &tally);
	alteration.bytes = image_of(&image, alteration.name, &alteration.folder);
	for (size_t at = from; at < to && at < alteration.bytes->size; at += step)
		for (unsigned bit = 0; bit < (all ? 8U : 1U); bit++) {
			uint8_t mask = mask_of(at, seed);
			if (all)
				mask = (uint8_t)(1U << bit);
			alter_byte(&alteration, at, mask);
			look_and_judge(driver, &tally);
			image_put_back(driver, &image);
		}
	image_clear(&image);
	say(&tally, request);
}

void driver_cut(struct driver *driver, struct request *request)
{
	struct image image = {0};
	struct tally tally = {0};
	struct alteration alteration = {.name = request_word(request, 1)};
	size_t from = request_number(request, 2), to = request_number(request, 3);

	begin(driver, request, &image, &tally);
	alteration.bytes = image_of(&image, alteration.name, &alteration.folder);
	for (size_t size = from; size < to && size <= alteration.bytes->size; size++) {
		write_whole(alteration.folder, alteration.name, alteration.bytes, size);
		look_and_judge(driver, &tally);
		image_put_back(driver, &image);
	}
	image_clear(&image);
	say(&tally, request);
}
