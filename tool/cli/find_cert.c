/* find_cert.c - see find_cert.h */
#include "tool/cli/find_cert.h"

#include <stdlib.h>

#include "tool/cli/command.h"
#include "tool/cli/describe.h"
#include "tool/cli/json.h"
#include "vault/base/text.h"

/* For programs the candidates stand in the document, too. */
static enum err add_choices(struct run *run, const struct entries *entries, const char *cert)
{
	TRY(json_array_new(&run->choices));
	for (size_t i = 0; i < entries->count; i++) {
		json_t *object = NULL;
		if (!entry_has_digits(&entries->items[i], cert))
			continue;
		TRY(json_object_new(&object));
		TRY(json_push(run->choices, object));
		TRY(json_set(object, "id", json_digest(&entries->items[i].summary.id)));
		TRY(json_set(object, "label", json_text(entries->items[i].label)));
	}
	return ERR_OK;
}

static enum err match(struct run *run, const struct entries *entries, const char *cert,
		      struct entry *out_entry)
{
	const struct entry *entry = NULL;
	enum err err = entries_match(entries, cert, &entry);

	if (err == ERR_CERT_AMBIGUOUS)
		TRY(add_choices(run, entries, cert));
	TRY(err);
	return entry_copy(entry, out_entry);
}

enum err find_cert_or_active(struct run *run, const char *cert, struct entry *out_entry)
{
	AUTO(entries) entries = NULL;
	struct client *client = NULL;
	const struct entry *active;

	TRY(run_client(run, &client));
	TRY(entries_load(client, NULL, &entries));
	if (cert != NULL)
		return match(run, entries, cert, out_entry);
	if (entries->count == 0)
		return ERR_VAULT_EMPTY;
	active = entries_active(entries);
	return active == NULL ? ERR_NO_ACTIVE : entry_copy(active, out_entry);
}

static void free_titles(char **titles, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(titles[i]);
	free(titles);
}

static enum err describe_all(const struct entries *entries, char **titles)
{
	for (size_t i = 0; i < entries->count; i++)
		TRY(describe_entry(&entries->items[i], &titles[i]));
	return ERR_OK;
}

static enum err choose(struct run *run, const struct entries *entries, struct entry *out_entry)
{
	char **titles;
	size_t index = 0;
	enum err err;

	if (entries->count == 0)
		return ERR_VAULT_EMPTY;
	titles = calloc(entries->count, sizeof *titles);
	if (titles == NULL)
		return ERR_MEMORY;
	err = describe_all(entries, titles);
	if (err == ERR_OK)
		err = terminal_choose(run->terminal, _("Which certificate?"), titles,
				      entries->count, &index);
	free_titles(titles, entries->count);
	TRY(err);
	return entry_copy(&entries->items[index], out_entry);
}

enum err find_cert_or_ask(struct run *run, const uid_t *owner, const char *cert,
			  struct entry *out_entry)
{
	AUTO(entries) entries = NULL;
	struct client *client = NULL;
	const struct command *command = run->options.command;

	if (cert == NULL && run->terminal == NULL)
		return err_detail(ERR_ARGUMENT_MISSING, "kinko %s %s", command->name,
				  command->usage);
	TRY(run_client(run, &client));
	TRY(entries_load(client, owner, &entries));
	return cert != NULL ? match(run, entries, cert, out_entry)
			    : choose(run, entries, out_entry);
}
