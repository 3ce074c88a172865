/* slots.c - see slots.h */
#include "tool/pkcs11/slots.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "tool/pkcs11/rules.h"

enum { SINGLE_SLOT = 0 };

struct slot {
	CK_SLOT_ID id;
	struct token *token; /* kept while the vault does not answer; NULL: there is none */
	bool is_away;        /* the vault does not answer */
	bool is_active;
	bool is_seen; /* by the look that is going on */
	bool has_event;
};

struct slots {
	pthread_mutex_t looking; /* one look at the vault at a time; of what follows: */
	struct rules *rules;
	int64_t looked_at;
	unsigned insertion;

	_Atomic(struct client *) client;

	pthread_mutex_t lock; /* of what follows; never held while the vault is asked */
	bool shows_all;
	bool was_looked_at;
	struct slot *items; /* by id */
	size_t count, capacity;
};

enum err slots_new(struct slots **out_slots)
{
	AUTO(slots) slots = calloc(1, sizeof *slots);
	uint16_t start;

	if (slots == NULL)
		return ERR_MEMORY;
	(void)pthread_mutex_init(&slots->looking, NULL);
	(void)pthread_mutex_init(&slots->lock, NULL);
	random_fill(&start, sizeof start);
	slots->insertion = start;
	TRY(rules_new(&slots->rules));
	*out_slots = TAKE(slots);
	return ERR_OK;
}

void slots_free(struct slots *slots)
{
	if (slots == NULL)
		return;
	for (size_t i = 0; i < slots->count; i++) {
		if (slots->items[i].token != NULL)
			token_retire(slots->items[i].token);
		token_drop(slots->items[i].token);
	}
	free(slots->items);
	client_close(atomic_load(&slots->client));
	rules_free(slots->rules);
	(void)pthread_mutex_destroy(&slots->lock);
	(void)pthread_mutex_destroy(&slots->looking);
	free(slots);
}

void slots_abandon(struct slots *slots)
{
	client_close(atomic_exchange(&slots->client, NULL));
	if (pthread_mutex_trylock(&slots->lock) != 0)
		return; /* a thread of the parent was changing the list */
	for (size_t i = 0; i < slots->count; i++)
		if (slots->items[i].token != NULL)
			token_abandon(slots->items[i].token);
	(void)pthread_mutex_unlock(&slots->lock);
}

static int64_t now_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Under `lock`: the slots by their ids. --- */

/* Where a slot is, or would be. */
static size_t place_of(const struct slots *slots, CK_SLOT_ID id)
{
	size_t low = 0, high = slots->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slots->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct slot *find(const struct slots *slots, CK_SLOT_ID id)
{
	size_t at = place_of(slots, id);

	return at < slots->count && slots->items[at].id == id ? &slots->items[at] : NULL;
}

static struct slot *find_or_add(struct slots *slots, CK_SLOT_ID id)
{
	size_t at = place_of(slots, id);

	if (at < slots->count && slots->items[at].id == id)
		return &slots->items[at];
	if (slots->count == slots->capacity) {
		size_t capacity = slots->capacity == 0 ? 4 : 2 * slots->capacity;
		struct slot *items = reallocarray(slots->items, capacity, sizeof *items);
		if (items == NULL)
			return NULL;
		slots->items = items;
		slots->capacity = capacity;
	}
	memmove(&slots->items[at + 1], &slots->items[at],
		(slots->count - at) * sizeof *slots->items);
	slots->items[at] = (struct slot){.id = id};
	slots->count++;
	return &slots->items[at];
}

/* A slot that once had a token stays known: a program may ask what became of it. */
static bool is_listed(const struct slots *slots, const struct slot *slot)
{
	if (!slots->shows_all || slot->id == SINGLE_SLOT)
		return !slots->shows_all && slot->id == SINGLE_SLOT;
	return slot->token != NULL;
}

static bool has_token(const struct slot *slot)
{
	return slot->token != NULL && !slot->is_away;
}

/* --- A look at the vault, under `looking`. --- */

/* What the vault shows, copied before anything is changed by it. */
struct look {
	bool shows_all;
	struct entry *entries;
	size_t count, capacity;
	struct token **retired; /* tokens that slots have lost */
	size_t retired_count;
};

static void look_clear(struct look *look)
{
	for (size_t i = 0; i < look->count; i++)
		entry_clear(&look->entries[i]);
	for (size_t i = 0; i < look->retired_count; i++) {
		token_retire(look->retired[i]);
		token_drop(look->retired[i]);
	}
	free(look->entries);
	free(look->retired);
}
OWN_DEFINE_HELD(look, look_clear)

static enum err keep_entry(const struct entry *entry, void *context)
{
	struct look *look = context;

	if (look->count == look->capacity) {
		size_t capacity = look->capacity == 0 ? 1 : 2 * look->capacity;
		struct entry *entries = reallocarray(look->entries, capacity, sizeof *entries);
		if (entries == NULL)
			return ERR_MEMORY;
		look->entries = entries;
		look->capacity = capacity;
	}
	TRY(entry_copy(entry, &look->entries[look->count]));
	look->count++;
	return ERR_OK;
}

static enum err ask_active(struct client *client, struct look *look)
{
	AUTO_HELD(entry_reply) reply = {0};
	enum err err = client_active(client, &reply);

	if (err == ERR_NO_ACTIVE)
		return ERR_OK;
	TRY(err);
	return keep_entry(&reply.entry, look);
}

/* The name is what the vault's log shows. */
static enum err ask_vault(struct slots *slots, struct look *look)
{
	struct client *client = atomic_load(&slots->client);

	if (client == NULL) {
		TRY(client_open(program_invocation_short_name, &client));
		atomic_store(&slots->client, client);
	}
	return look->shows_all ? client_list(client, NULL, keep_entry, look)
			       : ask_active(client, look);
}

static unsigned rsa_bits(const struct entry *entry)
{
	static const char prefix[] = "rsa-";

	return strncmp(entry->summary.key, prefix, sizeof prefix - 1) == 0
		       ? (unsigned)strtoul(entry->summary.key + sizeof prefix - 1, NULL, 10)
		       : 0;
}

static void tell_token(const struct slots *slots, struct token *token, const struct entry *entry)
{
	struct permission permission = rules_permission(slots->rules, rsa_bits(entry));

	atomic_store(&token->permitted_hashes, permission.hashes);
	atomic_store(&token->permits_decrypting, permission.decrypts);
	atomic_store(&token->asks_always, rules_ask_always(slots->rules));
	atomic_store(&token->tries_max, rules_pin_tries(slots->rules));
	atomic_store(&token->tries_left, entry->tries_left);
}

static void lose_token(struct slots *slots, struct slot *slot, struct look *look)
{
	look->retired[look->retired_count++] = TAKE(slot->token);
	slot->is_active = slot->is_away = false;
	slot->has_event = slots->was_looked_at;
}

/* One entry becomes the token of its slot, or is it already. */
static enum err put_entry(struct slots *slots, const struct entry *entry, struct look *look)
{
	struct slot *slot = find_or_add(slots, look->shows_all ? entry->number : SINGLE_SLOT);

	if (slot == NULL)
		return ERR_MEMORY;
	slot->is_seen = true;
	if (slot->token != NULL && !digest_equal(&slot->token->id, &entry->summary.id))
		lose_token(slots, slot, look);
	if (slot->token == NULL) {
		TRY(token_new(entry, slots->insertion++, &slot->token));
		slot->has_event = slots->was_looked_at;
	} else if (slot->is_away) {
		slot->has_event = true;
	}
	slot->is_away = false;
	slot->is_active = entry->is_active;
	tell_token(slots, slot->token, entry);
	return ERR_OK;
}

static enum err put_all(struct slots *slots, struct look *look)
{
	if (!look->shows_all && find_or_add(slots, SINGLE_SLOT) == NULL)
		return ERR_MEMORY;
	look->retired = calloc(slots->count + look->count, sizeof(struct token *));
	if (look->retired == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < slots->count; i++)
		slots->items[i].is_seen = false;
	for (size_t i = 0; i < look->count; i++)
		TRY(put_entry(slots, &look->entries[i], look));
	for (size_t i = 0; i < slots->count; i++)
		if (!slots->items[i].is_seen && slots->items[i].token != NULL)
			lose_token(slots, &slots->items[i], look);
	slots->shows_all = look->shows_all;
	return ERR_OK;
}

static void put_away(struct slots *slots, const struct look *look)
{
	slots->shows_all = look->shows_all;
	for (size_t i = 0; i < slots->count; i++)
		if (has_token(&slots->items[i])) {
			slots->items[i].is_away = true;
			slots->items[i].has_event = true;
		}
}

/* What cannot be looked at leaves what is known as it is, marked as away. */
static void look_at_vault(struct slots *slots)
{
	AUTO_HELD(look) look = {0};
	enum err err = rules_refresh(slots->rules);

	look.shows_all = err == ERR_OK && rules_show_all(slots->rules);
	if (err == ERR_OK)
		err = ask_vault(slots, &look);
	(void)pthread_mutex_lock(&slots->lock);
	if (!look.shows_all)
		(void)find_or_add(slots, SINGLE_SLOT);
	if (err != ERR_OK || put_all(slots, &look) != ERR_OK)
		put_away(slots, &look);
	slots->was_looked_at = true;
	(void)pthread_mutex_unlock(&slots->lock);
	err_forget();
}

void slots_refresh(struct slots *slots, unsigned milliseconds)
{
	(void)pthread_mutex_lock(&slots->looking);
	if (slots->looked_at == 0 || now_milliseconds() - slots->looked_at >= milliseconds) {
		look_at_vault(slots);
		slots->looked_at = now_milliseconds();
	}
	(void)pthread_mutex_unlock(&slots->looking);
}

/* --- What programs ask. --- */

/* Each round of the two lists its kind: the active certificate's slot comes first. */
static CK_ULONG list_some(const struct slots *slots, bool with_token, bool active, CK_SLOT_ID *list,
			  CK_ULONG at, CK_ULONG room)
{
	for (size_t i = 0; i < slots->count; i++) {
		const struct slot *slot = &slots->items[i];
		if (slot->is_active != active || !is_listed(slots, slot) ||
		    (with_token && !has_token(slot)))
			continue;
		if (list != NULL && at < room)
			memcpy(&list[at], &slot->id, sizeof slot->id);
		at++;
	}
	return at;
}

bool slots_list(struct slots *slots, bool with_token, CK_SLOT_ID *list, CK_ULONG *in_out_count)
{
	CK_ULONG room = *in_out_count;
	CK_ULONG count;

	(void)pthread_mutex_lock(&slots->lock);
	count = list_some(slots, with_token, true, list, 0, room);
	count = list_some(slots, with_token, false, list, count, room);
	(void)pthread_mutex_unlock(&slots->lock);
	*in_out_count = count;
	return count <= room;
}

CK_RV slots_view(struct slots *slots, CK_SLOT_ID id, struct slot_view *out_view)
{
	const struct slot *slot;
	CK_RV result = CKR_SLOT_ID_INVALID;

	(void)pthread_mutex_lock(&slots->lock);
	slot = find(slots, id);
	if (slot != NULL) {
		out_view->has_token = has_token(slot);
		out_view->is_single = id == SINGLE_SLOT;
		result = CKR_OK;
	}
	(void)pthread_mutex_unlock(&slots->lock);
	return result;
}

static CK_RV hold_token(struct slots *slots, CK_SLOT_ID id, struct token **out_token)
{
	const struct slot *slot;
	CK_RV result = CKR_OK;

	(void)pthread_mutex_lock(&slots->lock);
	slot = find(slots, id);
	if (slot == NULL)
		result = CKR_SLOT_ID_INVALID;
	else if (!has_token(slot))
		result = CKR_TOKEN_NOT_PRESENT;
	else
		*out_token = token_hold(slot->token);
	(void)pthread_mutex_unlock(&slots->lock);
	return result;
}

/* Certificates are read when somebody wants one: there may be a thousand. */
static enum err load(struct slots *slots, struct token *token)
{
	AUTO_HELD(show_reply) show = {0};

	if (atomic_load(&token->is_loaded))
		return ERR_OK;
	TRY(client_show(atomic_load(&slots->client), &token->id, &show));
	return token_load(token, &show);
}

CK_RV slots_token(struct slots *slots, CK_SLOT_ID id, struct token **out_token)
{
	AUTO(token) token = NULL;
	enum err err;

	CHECK(hold_token(slots, id, &token));
	(void)pthread_mutex_lock(&slots->looking);
	err = load(slots, token);
	(void)pthread_mutex_unlock(&slots->looking);
	if (err == ERR_MEMORY)
		return CKR_HOST_MEMORY;
	if (err != ERR_OK)
		return err == ERR_CERT_PARSE ? CKR_TOKEN_NOT_RECOGNIZED : CKR_TOKEN_NOT_PRESENT;
	*out_token = TAKE(token);
	return CKR_OK;
}

bool slots_take_event(struct slots *slots, CK_SLOT_ID *out_id)
{
	bool found = false;

	(void)pthread_mutex_lock(&slots->lock);
	for (size_t i = 0; i < slots->count && !found; i++)
		if (slots->items[i].has_event) {
			slots->items[i].has_event = false;
			*out_id = slots->items[i].id;
			found = true;
		}
	(void)pthread_mutex_unlock(&slots->lock);
	return found;
}
