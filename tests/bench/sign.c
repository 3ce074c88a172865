/* sign.c - signatures a second by 1, 2, 4 and 8 programs at once, beside as many that have the key
 * in their own memory: every round of the one is followed by one of the other, and what is printed
 * is the median of the ratios of such pairs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/signer.h"
#include "vault/base/file.h"
#include "vault/base/program.h"

enum { PAIRS = 9 };

static const double round_seconds = 0.25;
static const unsigned counts[] = {1, 2, 4, 8};

static void print_row(const char *kind, const struct signer_place *place, unsigned count,
		      const struct signers_result *ours, const struct signers_result *raw,
		      double ratio, double aim)
{
	(void)printf("%-9s %u x %-22s %8.0f /s  ratio %5.3f  aim >= %.2f   p50 %6.0f us  p99 %6.0f "
		     "us   raw: %8.0f /s  p50 %6.0f us  p99 %6.0f us\n",
		     kind, count, place->name, ours->per_second, ratio, aim, ours->p50, ours->p99,
		     raw->per_second, raw->p50, raw->p99);
	(void)fflush(stdout);
}

static double median_of(const struct signers_result *results, size_t offset)
{
	double values[PAIRS];

	for (size_t i = 0; i < PAIRS; i++)
		values[i] = *(const double *)((const char *)&results[i] + offset);
	return bench_median(values, PAIRS);
}

static struct signers_result medians(const struct signers_result *results)
{
	return (struct signers_result){
		.per_second = median_of(results, offsetof(struct signers_result, per_second)),
		.p50 = median_of(results, offsetof(struct signers_result, p50)),
		.p99 = median_of(results, offsetof(struct signers_result, p99)),
	};
}

static void measure(struct signers *ours, struct signers *raw, const struct signer_place *place,
		    bool is_rsa, unsigned count)
{
	struct signers_result mine[PAIRS];
	struct signers_result beside[PAIRS];
	struct signers_result mine_median;
	struct signers_result beside_median;
	double ratios[PAIRS];
	double rsa_aim = count == 1 ? 0.92 : 0.97;

	for (unsigned i = 0; i < PAIRS; i++) {
		signers_round(ours, count, round_seconds, &mine[i]);
		signers_round(raw, count, round_seconds, &beside[i]);
		ratios[i] = mine[i].per_second / beside[i].per_second;
	}
	mine_median = medians(mine);
	beside_median = medians(beside);
	print_row(is_rsa ? "RSA-2048" : "P-256", place, count, &mine_median, &beside_median,
		  bench_median(ratios, PAIRS), is_rsa ? rsa_aim : 0.5);
}

static void measure_place(const struct signer_place *place, const struct signer_key *key)
{
	static const struct signer_place here = {.kind = &signer_raw, .name = "OpenSSL"};
	struct signers *ours = NULL;
	struct signers *raw = NULL;

	signers_new(place, key, SIGNERS_MAX, &ours);
	signers_new(&here, key, SIGNERS_MAX, &raw);
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		measure(ours, raw, place, key->is_rsa, counts[i]);
	signers_free(ours);
	signers_free(raw);
}

static void given_key(struct bench_vault *vault, bool is_rsa, unsigned serial,
		      struct signer_key *out_key, struct secret **out_pkcs8)
{
	struct maker *maker = NULL;
	AUTO_HELD(bytes) certificate = {NULL, 0};

	maker_new(&maker, is_rsa);
	maker_key(maker, out_pkcs8);
	maker_certificate(maker, serial, &certificate);
	bench_import(vault, *out_pkcs8, &certificate, IMPORT_IMPORTED);
	*out_key = (struct signer_key){.is_rsa = is_rsa, .pkcs8 = *out_pkcs8};
	digest_of(certificate.data, certificate.size, &out_key->id);
	maker_free(maker);
}

/* Every certificate is a token: the module is asked for either key. */
static void write_policy(const char *work)
{
	static const char text[] = "[pkcs11]\nshow = all\n";
	AUTO_FD folder = -1;

	bench_must(file_open_folder(work, &folder), work);
	bench_must(file_create(folder, "policy.conf", 0600, text, sizeof text - 1), "policy");
}

static void measure_both(const struct signer_place *place, const struct signer_key *rsa,
			 const struct signer_key *p256)
{
	measure_place(place, rsa);
	measure_place(place, p256);
}

void bench_sign(const char *work)
{
	const struct signer_place kinko = {
		.kind = &signer_client, .name = "Kinko", .pin = "demo1234"};
	struct signer_place module = {
		.kind = &signer_module, .name = "Kinko PKCS#11", .pin = "demo1234"};
	struct bench_vault vault;
	struct bench_daemon daemon;
	struct signer_key rsa;
	struct signer_key p256;
	AUTO(secret) rsa_pkcs8 = NULL;
	AUTO(secret) p256_pkcs8 = NULL;
	AUTO_TEXT socket_path = NULL;
	AUTO_TEXT module_path = bench_module_path();

	write_policy(work);
	bench_vault_open(work, &vault);
	given_key(&vault, true, 1, &rsa, &rsa_pkcs8);
	given_key(&vault, false, 2, &p256, &p256_pkcs8);
	bench_vault_close(&vault);
	bench_daemon_start(work, &daemon);
	if (asprintf(&socket_path, "%s/vault.sock", work) < 0 ||
	    setenv("KINKO_SOCKET", socket_path, 1) != 0)
		bench_must(ERR_MEMORY, "memory");
	measure_both(&kinko, &rsa, &p256);
	module.module = module_path;
	if (access(module_path, R_OK) == 0)
		measure_both(&module, &rsa, &p256);
	bench_daemon_stop(&daemon);
	bench_softhsm(work, &rsa, &p256, measure_both);
}
