/* path.c - see path.h
 *
 * The shortest way to a self-signed certificate is searched breadth first: with link
 * certificates one name has several certificates and several ways lead on. No certificate is
 * looked at twice, so that loops end.
 */
#include "vault/cert/path.h"

#include <stdlib.h>
#include <string.h>

enum { NOWHERE = -1 };

/* Certificates that may be steps; [0] is where the path begins. */
struct search {
	size_t count;
	struct certificate *known[PATH_LENGTH_MAX];
	bool is_reached[PATH_LENGTH_MAX];
	int from[PATH_LENGTH_MAX]; /* the step below; NOWHERE for the first */
	size_t queue[PATH_LENGTH_MAX];
	size_t queued;
};

static void search_clear(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		certificate_free(search->known[i]);
	search->count = 0;
}
OWN_DEFINE_HELD(search, search_clear)

static bool search_knows(const struct search *search, const struct certificate *certificate)
{
	for (size_t i = 0; i < search->count; i++)
		if (bytes_equal(certificate_der(search->known[i]), certificate_der(certificate)))
			return true;
	return false;
}

/* Duplicates, and things that are no certificate, are left out. */
static enum err search_add(struct search *search, const struct bytes *der)
{
	AUTO(certificate) certificate = NULL;
	enum err err = certificate_parse(der->data, der->size, &certificate);

	if (err == ERR_CERT_PARSE) {
		err_forget();
		return ERR_OK;
	}
	TRY(err);
	if (!search_knows(search, certificate))
		search->known[search->count++] = TAKE(certificate);
	return ERR_OK;
}

/* The one that lives longest comes first; then by bytes: the order of a chain says nothing. */
static int compare_certificates(const void *a, const void *b)
{
	const struct certificate *first = *(struct certificate *const *)a;
	const struct certificate *second = *(struct certificate *const *)b;
	int64_t first_end = certificate_not_after(first);
	int64_t second_end = certificate_not_after(second);
	struct digest first_id;
	struct digest second_id;

	if (first_end != second_end)
		return first_end > second_end ? -1 : 1;
	certificate_id(first, &first_id);
	certificate_id(second, &second_id);
	return memcmp(first_id.bytes, second_id.bytes, DIGEST_SIZE);
}

static void search_reach(struct search *search, size_t index, int from)
{
	search->is_reached[index] = true;
	search->from[index] = from;
	search->queue[search->queued++] = index;
}

/* Returns the end of the path: the first self-signed certificate, else the farthest one. */
static size_t search_run(struct search *search, bool *out_is_complete)
{
	size_t at = 0;

	search_reach(search, 0, NOWHERE);
	for (size_t next = 0; next < search->queued; next++) {
		at = search->queue[next];
		*out_is_complete = certificate_is_issued_by(search->known[at], search->known[at]);
		if (*out_is_complete)
			return at;
		for (size_t i = 0; i < search->count; i++)
			if (!search->is_reached[i] &&
			    certificate_is_issued_by(search->known[at], search->known[i]))
				search_reach(search, i, (int)at);
	}
	return at;
}

static void path_fill(struct path *path, struct search *search, size_t end)
{
	for (int at = (int)end; at != NOWHERE; at = search->from[at])
		path->count++;
	for (int at = (int)end, step = (int)path->count; at != NOWHERE; at = search->from[at])
		path->steps[--step] = TAKE(search->known[at]);
}

enum err path_build(const struct bytes *certificate, const struct bytes_list *chain,
		    struct path **out_path)
{
	AUTO_HELD(search) search = {0};
	AUTO(path) path = calloc(1, sizeof *path);

	if (path == NULL)
		return ERR_MEMORY;
	TRY(certificate_parse(certificate->data, certificate->size, &search.known[0]));
	search.count = 1;
	for (size_t i = 0; i < chain->count; i++)
		TRY(search_add(&search, &chain->items[i]));
	qsort(search.known + 1, search.count - 1, sizeof search.known[0], compare_certificates);
	path_fill(path, &search, search_run(&search, &path->is_complete));
	*out_path = TAKE(path);
	return ERR_OK;
}

void path_free(struct path *path)
{
	if (path == NULL)
		return;
	for (size_t i = 0; i < path->count; i++)
		certificate_free(path->steps[i]);
	free(path);
}
