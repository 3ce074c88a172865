/* bench.h - Kinko's own speed, always beside something plain that does the same raw work in the
 * same run: figures are ratios, because machines differ.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/keeper/keeper.h"

/* A failure ends the bench with a sentence: there is nothing to measure then. */
void bench_must(enum err err, const char *what);

double bench_seconds(void); /* monotonic */
/* The median of `count` values; sorts them. */
double bench_median(double *values, size_t count);

/* One printed row: the two medians, their ratio, and what was aimed at (0: no aim). */
struct row_text {
	const char *name;
	const char *ours;
	const char *beside;
};
void bench_print(const struct row_text *text, double ours, double beside, const char *unit,
		 double aim);

/* Makes certificates of one P-256 or RSA key, each different by its serial number. */
struct maker;
void maker_new(struct maker **out_maker, int is_rsa);
void maker_certificate(struct maker *maker, unsigned serial, struct bytes *out_der);
void maker_key(struct maker *maker, struct secret **out_pkcs8);
/* An original (PKCS#12) as OpenSSL writes it today: AES-256, SHA-256, 2,048 rounds. */
void maker_original(struct maker *maker, const struct bytes *certificate, const char *pin,
		    struct secret **out_original);
void maker_free(struct maker *maker);

/* A keeper in FOLDER/state, FOLDER/anchor, FOLDER/host.key with the cheapest stretch there is. */
struct bench_vault {
	int state_folder;
	int anchor_folder;
	struct secret *host_key;
	struct keeper *keeper;
};
void bench_vault_open(const char *folder, struct bench_vault *out_vault);
void bench_vault_close(struct bench_vault *vault);
/* Imports `count` certificates of `maker` under the PIN "demo1234". */
void bench_vault_fill(struct bench_vault *vault, struct maker *maker, unsigned count);
void bench_import(struct bench_vault *vault, const struct secret *key,
		  const struct bytes *certificate, enum import_result expected);

/* kinkod --private FOLDER from the same folder as this program; returns when it is ready. */
struct bench_daemon {
	int pid;
	double start_seconds; /* from exec to the ready line */
};
void bench_daemon_start(const char *folder, struct bench_daemon *out_daemon);
long bench_daemon_memory_kib(const struct bench_daemon *daemon); /* resident, idle */
void bench_daemon_stop(const struct bench_daemon *daemon);

/* The rows, each in a file of its own. `work` is an empty folder on a real disk. */
void bench_ping(const char *work);
void bench_open_original(const char *work);
void bench_failed_pin(const char *one, const char *many);
void bench_list(const char *folder, unsigned count, const char *work);
void bench_start(const char *one, const char *many);
void bench_sign(const char *work);
