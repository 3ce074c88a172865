/* doctor_originals.c - originals that still lie on this computer, where its user's programs, its
 * backups and its thieves find them with nothing but a PIN in the way.
 *
 * Looked through are the places where downloads land, then the home folder, each within the bounds
 * of usbimport/scan.h and all within some seconds. Without its PIN a file tells no more than what
 * kind it is; only of one that the vault knows by its SHA-256 it is said whose it is.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool/cli/compose.h"
#include "tool/cli/doctor.h"
#include "usbimport/original.h"
#include "usbimport/scan.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

enum { FOUND_MAX = 20, NAMED_MAX = 3, PATIENCE_SECONDS = 10, HEAD_SIZE = 64 };

/* Where downloads land: xdg-user-dirs' own names in both languages. */
static const char *const places[] = {
	"Downloads", "ダウンロード", "Desktop", "デスクトップ", "Documents", "ドキュメント", "",
};

struct search {
	struct doctor *doctor;
	time_t end;
	bool is_cut;
	size_t count;
	char *paths[FOUND_MAX];
	const struct entry *owner; /* of the first one that the vault knows; NULL */
};

static void search_clear(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		free(search->paths[i]);
	*search = (struct search){0};
}
OWN_DEFINE_HELD(search, search_clear)

/* A PKCS#12 begins with a sequence that soon names PKCS#7 data or signed data (RFC 7292, 4). */
static bool looks_like_original(const struct secret *bytes)
{
	static const uint8_t data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
	size_t size = secret_size(bytes) < HEAD_SIZE ? secret_size(bytes) : HEAD_SIZE;
	const uint8_t *head = secret_view(bytes);

	return size > 0 && head[0] == 0x30 && memmem(head, size, data, sizeof data) != NULL;
}

static bool is_known(const struct search *search, const char *path)
{
	for (size_t i = 0; i < search->count; i++)
		if (strcmp(search->paths[i], path) == 0)
			return true;
	return false;
}

/* A file that cannot be read here cannot be taken by this person's programs either. */
static enum err look_at(struct search *search, const char *path)
{
	const struct entries *entries = search->doctor->entries;
	AUTO(original) original = NULL;
	enum err err;

	if (is_known(search, path))
		return ERR_OK;
	if (search->count == FOUND_MAX) {
		search->is_cut = true;
		return ERR_OK;
	}
	err = original_read(path, &original);
	if (err == ERR_MEMORY)
		return err;
	if (err != ERR_OK || original->is_on_stick || !looks_like_original(original->bytes)) {
		err_forget();
		return ERR_OK;
	}
	if (search->owner == NULL && entries != NULL)
		search->owner = entries_of_original(entries, &original->digest);
	TRY(compose(&search->paths[search->count], "%s", path));
	search->count++;
	return ERR_OK;
}

static enum err search_folder(struct search *search, const char *folder)
{
	AUTO(scan) scan = NULL;
	enum err err;

	if (time(NULL) > search->end) {
		search->is_cut = true;
		return ERR_OK;
	}
	err = scan_folder(folder, &scan);
	if (err == ERR_MEMORY)
		return err;
	if (err != ERR_OK) {
		err_forget();
		return ERR_OK;
	}
	search->is_cut = search->is_cut || scan->is_cut;
	for (size_t i = 0; i < scan->count; i++)
		TRY(look_at(search, scan->items[i].path));
	return ERR_OK;
}

/* Some paths, the others as a number. */
static enum err name_them(const struct search *search, char **out_text)
{
	AUTO_TEXT text = NULL;

	TRY(compose(&text, "%s", ""));
	for (size_t i = 0; i < search->count && i < NAMED_MAX; i++) {
		AUTO_TEXT safe = NULL;
		AUTO_TEXT before = TAKE(text);
		TRY(utf8_escape(search->paths[i], &safe));
		TRY(compose(&text, "%s%s%s", before, i == 0 ? "" : ", ", safe));
	}
	if (search->count > NAMED_MAX) {
		AUTO_TEXT before = TAKE(text);
		TRY(compose(&text, _("%s and %zu more"), before, search->count - NAMED_MAX));
	}
	*out_text = TAKE(text);
	return ERR_OK;
}

static enum err say_found(struct search *search)
{
	AUTO_TEXT names = NULL;
	AUTO_TEXT label = NULL;
	AUTO_TEXT finding = NULL;

	TRY(name_them(search, &names));
	if (search->owner == NULL) {
		TRY(compose(&finding, _("what may be an original lies here: %s"), names));
		return doctor_say_plain(
			search->doctor, "originals-here", DOCTOR_FAILED, finding,
			_("Please move what is an original to a USB stick, prove it there (kinko "
			  "original check FILE), delete it here and lock the stick away."));
	}
	TRY(utf8_escape(search->owner->label, &label));
	TRY(compose(&finding, _("the original of %s lies here: %s"), label, names));
	return doctor_say_plain(search->doctor, "originals-here", DOCTOR_FAILED, finding,
				_("It is on a stick already: please delete it here, also from the "
				  "waste basket."));
}

static enum err say_none(struct search *search)
{
	return doctor_say_plain(search->doctor, "originals-here", DOCTOR_OK,
				search->is_cut
					? _("none found; there are too many files to see them all")
					: _("none in your home folder"),
				"");
}

enum err doctor_originals(struct doctor *doctor, const char *home)
{
	AUTO_HELD(search) search = {.doctor = doctor, .end = time(NULL) + PATIENCE_SECONDS};

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		AUTO_TEXT folder = NULL;
		TRY(run_go_on(doctor->run));
		TRY(compose(&folder, "%s%s%s", home, places[i][0] == '\0' ? "" : "/", places[i]));
		TRY(search_folder(&search, folder));
	}
	return search.count > 0 ? say_found(&search) : say_none(&search);
}
