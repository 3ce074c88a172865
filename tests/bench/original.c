/* original.c - the import of one original without the stretch of its PIN (opener program, proof
 * of the key, sealing, commit, anchor), beside OpenSSL opening the same file in process.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>

#include "vault/opener/run.h"

enum { ROUNDS = 31 };

static void given_pin(struct secret **out_pin)
{
	char text[] = "demo1234";

	bench_must(secret_take(text, strlen("demo1234"), out_pin), "memory");
}

static double openssl_opens(const struct secret *original)
{
	const unsigned char *at = secret_view(original);
	double start = bench_seconds();
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)secret_size(original));
	EVP_PKEY *key = NULL;
	X509 *x509 = NULL;

	if (PKCS12_parse(p12, "demo1234", &key, &x509, NULL) != 1)
		bench_must(ERR_INTERNAL, "PKCS12_parse");
	double seconds = bench_seconds() - start;
	PKCS12_free(p12);
	EVP_PKEY_free(key);
	X509_free(x509);
	return seconds * 1e3;
}

static double kinko_imports(struct bench_vault *vault, const struct secret *original)
{
	AUTO(secret) pin = NULL;
	AUTO(secret) file = NULL;
	AUTO(opened) opened = NULL;
	double start = bench_seconds();
	struct opener_job job = {.mode = OPENER_KEY};

	given_pin(&pin);
	bench_must(secret_clone(original, &file), "memory");
	job.pin = pin;
	job.original = file;
	bench_must(opener_run(&job, &opened), "opener");
	bench_import(vault, opened->key, &opened->certificate, IMPORT_IMPORTED);
	return (bench_seconds() - start) * 1e3;
}

void bench_open_original(const char *work)
{
	static const struct row_text text = {"import of one original, without the stretch",
					     "Kinko: opener, proof, seal, commit, anchor",
					     "OpenSSL PKCS12_parse in process"};
	struct bench_vault vault;
	struct maker *maker = NULL;
	double ours[ROUNDS];
	double beside[ROUNDS];

	bench_vault_open(work, &vault);
	maker_new(&maker, 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		AUTO_HELD(bytes) certificate = {NULL, 0};
		AUTO(secret) original = NULL;
		maker_certificate(maker, i + 1, &certificate);
		maker_original(maker, &certificate, "demo1234", &original);
		beside[i] = openssl_opens(original);
		ours[i] = kinko_imports(&vault, original);
	}
	bench_print(&text, bench_median(ours, ROUNDS), bench_median(beside, ROUNDS), "ms", 4);
	maker_free(maker);
	bench_vault_close(&vault);
}
