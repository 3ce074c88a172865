/* The keeper's parts by themselves: what they keep, what they refuse, how they find things. */
#include "tests/unit/keeper/given.h"

#include "vault/base/file.h"
#include "vault/keeper/hwid.h"
#include "vault/keeper/index.h"
#include "vault/keeper/label.h"
#include "vault/keeper/manifest.h"
#include "vault/keeper/table.h"
#include "vault/keeper/vault_key.h"

static bool is_same(const void *item, const void *key)
{
	return *(const unsigned *)item == *(const unsigned *)key;
}

/* Against a plain array, with many equal homes. */
static void a_table_finds_what_it_holds_and_nothing_else(void **state)
{
	enum { COUNT = 600 };
	static unsigned items[COUNT];
	static bool held[COUNT];
	struct table table;
	unsigned random = 12345;

	(void)state;
	given_process();
	table_init(&table);
	for (unsigned i = 0; i < COUNT; i++)
		items[i] = i;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned pick;
		random = random * 1103515245U + 12345U;
		pick = (random >> 8) % COUNT;
		if (held[pick]) {
			table_remove(&table, pick % 37, &items[pick]);
		} else {
			assert_int_equal(table_reserve(&table), ERR_OK);
			table_add(&table, pick % 37, &items[pick]);
		}
		held[pick] = !held[pick];
		if (round % 500 != 0)
			continue;
		for (unsigned i = 0; i < COUNT; i++)
			assert_ptr_equal(table_find(&table, i % 37, is_same, &i),
					 held[i] ? &items[i] : NULL);
	}
	table_clear(&table);
}

static struct bytes bytes_of(const char *text)
{
	struct bytes bytes = {NULL, 0};

	assert_int_equal(bytes_copy(text, strlen(text), &bytes), ERR_OK);
	return bytes;
}

/* The format holds a TPM's part already, so that binding to one needs no other format. */
static void vault_key_keeps_what_a_tpm_needs(void **state)
{
	struct place_for_vault *place;
	AUTO_HELD(vault_key_file) file = {0};
	AUTO_HELD(vault_key_file) again = {0};
	AUTO(secret) master = NULL;
	AUTO(secret) key = NULL;
	AUTO(secret) opened = NULL;

	(void)state;
	given_process();
	place = given_place();
	file.head.binding = VAULT_BINDING_TPM;
	file.head.anchor = ANCHOR_NV;
	file.head.nv_handle = 0x01800017;
	file.head.sealed_tpm = bytes_of("what the TPM sealed");
	file.head.srk_name = bytes_of("a name");
	file.head.srk_mac.bytes[5] = 5;
	random_fill(file.head.vault.bytes, VAULT_ID_SIZE);
	hwid_of(&file.head.vault, "one", "two", &file.head.hwid);
	assert_int_equal(keeper_new_host_key(&master), ERR_OK);
	assert_int_equal(keeper_new_host_key(&key), ERR_OK);
	assert_int_equal(vault_key_wrap(&file, master, key), ERR_OK);
	assert_int_equal(vault_key_write(place->state, &file), ERR_OK);
	assert_int_equal(vault_key_read(place->state, &again), ERR_OK);
	assert_int_equal(again.head.binding, VAULT_BINDING_TPM);
	assert_int_equal(again.head.anchor, ANCHOR_NV);
	assert_int_equal(again.head.nv_handle, 0x01800017);
	assert_true(bytes_equal(&again.head.sealed_tpm, &file.head.sealed_tpm));
	assert_true(bytes_equal(&again.head.srk_name, &file.head.srk_name));
	assert_true(digest_equal(&again.head.srk_mac, &file.head.srk_mac));
	assert_int_equal(hwid_compare(&again.head.hwid, &file.head.hwid), HWID_SAME);
	assert_int_equal(vault_key_unwrap(&again, master, &opened), ERR_OK);
	assert_true(secret_equal(opened, key));
	/* Each field is bound to the wrapped key. */
	again.head.nv_handle++;
	secret_free(TAKE(opened));
	assert_int_equal(vault_key_unwrap(&again, master, &opened), ERR_VAULT_DAMAGED);
	again.head.nv_handle--;
	again.head.srk_name.data[0] ^= 1;
	assert_int_equal(vault_key_unwrap(&again, master, &opened), ERR_VAULT_DAMAGED);
	given_place_gone(place);
}

static void a_manifest_keeps_both_anchors_and_the_audit_log(void **state)
{
	struct manifest manifest = {.row_count = 30, .audit_number = 77};
	struct manifest again;
	AUTO_HELD(bytes) plain = {NULL, 0};
	AUTO_HELD(bytes) forged = {NULL, 0};

	(void)state;
	given_process();
	manifest.anchor.kind = ANCHOR_FILE;
	manifest_draw_move(&manifest);
	manifest.next_anchor = (struct anchor_step){.kind = ANCHOR_NV, .nv_handle = 9};
	manifest.audit_hash.bytes[3] = 3;
	assert_int_equal(manifest_encode(&manifest, &plain), ERR_OK);
	assert_int_equal(manifest_decode(&plain, &again), ERR_OK);
	assert_memory_equal(&manifest, &again, sizeof manifest);
	manifest.anchor.to.bytes[0] ^= 1; /* no token leads there */
	assert_int_equal(manifest_encode(&manifest, &forged), ERR_OK);
	assert_int_equal(manifest_decode(&forged, &again), ERR_VAULT_DAMAGED);
}

static void the_set_hash_forgets_what_is_taken_out(void **state)
{
	AUTO(secret) key = NULL;
	AUTO(keys) keys = NULL;
	struct manifest manifest = {0};
	struct row_id rows[] = {{ROW_META, {{1}}}, {ROW_PIN, {{1}}}, {ROW_META, {{2}}}};
	struct mark mark = {.version = 1, .tag = {9}};

	(void)state;
	given_process();
	assert_int_equal(keeper_new_host_key(&key), ERR_OK);
	assert_int_equal(keys_of(key, &keys), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct digest before = manifest.set_hash;
		manifest_toggle(&manifest, keys, &rows[i], &mark);
		assert_false(digest_equal(&before, &manifest.set_hash));
	}
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		manifest_toggle(&manifest, keys, &rows[i], &mark);
	assert_true(digest_is_zero(&manifest.set_hash));
	manifest_toggle(&manifest, keys, &rows[0], &mark);
	mark.version++;
	manifest_toggle(&manifest, keys, &rows[0], &mark);
	assert_false(digest_is_zero(&manifest.set_hash));
}

static void a_machine_is_compared_by_what_both_sides_know(void **state)
{
	static const struct vault_id vault = {{1}};
	static const struct {
		const char *machine, *product;
		enum hwid_answer answer;
	} cases[] = {
		{"id", "uuid", HWID_SAME},       {" id\n", "uuid", HWID_SAME},
		{"id", NULL, HWID_SAME},         {NULL, "uuid", HWID_SAME},
		{NULL, NULL, HWID_NOT_COMPARED}, {"", " \n", HWID_NOT_COMPARED},
		{"other", "uuid", HWID_OTHER},   {"id", "other", HWID_OTHER},
		{NULL, "other", HWID_OTHER},     {"uuid", "id", HWID_OTHER},
	};
	struct hwid enrolled, now;

	(void)state;
	hwid_of(&vault, "id", "uuid", &enrolled);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		hwid_of(&vault, cases[i].machine, cases[i].product, &now);
		assert_int_equal(hwid_compare(&enrolled, &now), cases[i].answer);
	}
}

/* The largest original there can be: it fits a row, and comes back whole. */
static void a_meta_row_holds_the_longest_chain(void **state)
{
	AUTO_HELD(meta) meta = {.uid = 7, .number = 9};
	AUTO_HELD(meta) again = {0};
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct digest file = {{1}};
	char long_name[1000];

	(void)state;
	memset(long_name, 'x', sizeof long_name);
	long_name[sizeof long_name - 1] = '\0';
	assert_int_equal(bytes_zeroed(CERTIFICATE_SIZE_MAX, &meta.certificate), ERR_OK);
	for (; meta.chain.count < BYTES_LIST_MAX; meta.chain.count++)
		assert_int_equal(
			bytes_zeroed(CERTIFICATE_SIZE_MAX, &meta.chain.items[meta.chain.count]),
			ERR_OK);
	for (uint8_t i = 0; i < 40; i++) {
		file.bytes[0] = i % 20;
		assert_int_equal(meta_add_proof(&meta, &file, i, i % 3 == 0 ? long_name : "a"),
				 ERR_OK);
	}
	assert_int_equal(meta.proof_count, PROOFS_MAX);
	assert_int_equal(meta.proofs[PROOFS_MAX - 1].verified_at, 39);
	assert_int_equal(meta_encode(&meta, &plain), ERR_OK);
	assert_true(plain.size < ROW_SIZE_MAX);
	assert_int_equal(meta_decode(&plain, &again), ERR_OK);
	assert_int_equal(again.chain.count, BYTES_LIST_MAX);
	assert_true(bytes_equal(&again.chain.items[15], &meta.chain.items[15]));
	assert_int_equal(strlen(again.proofs[PROOFS_MAX - 1].where), ENTRY_WHERE_MAX);
}

/* A thousand of one name: each label is new, and the last costs no more looks than the tenth. */
static void labels_stay_unique_among_many_of_one_name(void **state)
{
	AUTO(index) index = NULL;
	AUTO(certificate) certificate = NULL;
	struct given_identity *identity;
	struct owner *owner = NULL;
	const struct pin_row pin = {.tries_left = 1};

	(void)state;
	given_process();
	identity = given_identity(GIVEN_P256, "SAME");
	assert_int_equal(certificate_parse(identity->certificate.data, identity->certificate.size,
					   &certificate),
			 ERR_OK);
	assert_int_equal(index_new(&index), ERR_OK);
	assert_int_equal(index_need_owner(index, 1, &owner), ERR_OK);
	for (uint32_t number = 1; number <= 1000; number++) {
		AUTO_HELD(packed_entry) packed = {0};
		AUTO(record) record = NULL;
		AUTO_TEXT label = NULL;
		struct meta meta = {.number = number};
		struct record_id id = {{(uint8_t)number, (uint8_t)(number >> 8)}};
		assert_int_equal(label_choose(index, 1, certificate, "", &label), ERR_OK);
		assert_false(index_has_label(index, 1, label));
		meta.label = label;
		memcpy(meta.summary.id.bytes, &number, sizeof number);
		assert_int_equal(record_new(&id, 1, &record), ERR_OK);
		assert_int_equal(packed_entry_of(&meta, &pin, &packed), ERR_OK);
		record_set_entry(record, &packed);
		assert_int_equal(index_reserve(index, owner), ERR_OK);
		index_add(index, owner, TAKE(record));
	}
	assert_true(index_has_label(index, 1, "SAME (2090-999)"));
	assert_false(index_has_label(index, 2, "SAME"));
	given_identity_gone(identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_finds_what_it_holds_and_nothing_else),
		cmocka_unit_test(vault_key_keeps_what_a_tpm_needs),
		cmocka_unit_test(a_manifest_keeps_both_anchors_and_the_audit_log),
		cmocka_unit_test(the_set_hash_forgets_what_is_taken_out),
		cmocka_unit_test(a_machine_is_compared_by_what_both_sides_know),
		cmocka_unit_test(a_meta_row_holds_the_longest_chain),
		cmocka_unit_test(labels_stay_unique_among_many_of_one_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
