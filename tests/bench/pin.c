/* pin.c - a failed PIN in a vault of 10,000 certificates, beside one in a vault of 1; both with
 * the cheapest stretch, so that what remains is the durable, anchored count.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 61 };

static enum err first_entry(const struct entry *entry, void *context)
{
	struct digest *id = context;

	*id = entry->summary.id;
	return ERR_OK;
}

static void given_first_certificate(struct bench_vault *vault, struct digest *out_id)
{
	bool has_more = false;

	bench_must(keeper_list(vault->keeper, getuid(), 0, 1, first_entry, out_id, &has_more),
		   "list");
}

static enum err attempt(struct bench_vault *vault, const struct digest *id, const char *pin_text)
{
	char text[16];
	AUTO(secret) pin = NULL;
	AUTO(login) login = NULL;
	uint8_t tries = 0;

	(void)snprintf(text, sizeof text, "%s", pin_text);
	bench_must(secret_take(text, strlen(pin_text), &pin), "memory");
	return keeper_login(vault->keeper, getuid(), id, pin, 10, &tries, &login);
}

static double failed_attempt(struct bench_vault *vault, const struct digest *id)
{
	double start = bench_seconds();

	if (attempt(vault, id, "wrong123") != ERR_PIN_WRONG)
		bench_must(ERR_INTERNAL, "a wrong PIN was not refused");
	double seconds = bench_seconds() - start;
	bench_must(attempt(vault, id, "demo1234"), "the right PIN");
	return seconds * 1e3;
}

void bench_failed_pin(const char *one, const char *many)
{
	static const struct row_text text = {"a failed PIN, without the stretch",
					     "10,000 certificates", "1 certificate"};
	struct bench_vault small;
	struct bench_vault large;
	struct digest small_id = {{0}};
	struct digest large_id = {{0}};
	double ours[ROUNDS];
	double beside[ROUNDS];

	bench_vault_open(one, &small);
	bench_vault_open(many, &large);
	given_first_certificate(&small, &small_id);
	given_first_certificate(&large, &large_id);
	for (unsigned i = 0; i < ROUNDS; i++) {
		ours[i] = failed_attempt(&large, &large_id);
		beside[i] = failed_attempt(&small, &small_id);
	}
	bench_print(&text, bench_median(ours, ROUNDS), bench_median(beside, ROUNDS), "ms", 1.2);
	bench_vault_close(&small);
	bench_vault_close(&large);
}
