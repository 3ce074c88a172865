"""The weakened builds: what must make which case fall.

Each row is one small edit of a copy of the sources (weakened.py makes the copy and builds it). The
old text must be found exactly once, else the suite fails: a row that no longer fits the code proves
nothing. `falls` names the cases that must fall then; "A05 mem" also wants "mem" in what they say.
Rows with the same `build` share one; put a row into a build of its own only when it would hide
another row's fall.
"""


class Weakness:
    """One protection taken away."""

    def __init__(self, what, falls, *edits, build="one"):
        self.what, self.falls, self.edits, self.build = what, falls, edits, build


# -- group A: copying out ------------------------------------------------------------------------

COPYING = [
    Weakness("processes that may be dumped and traced",
             ["A04 PTRACE_ATTACH", "A04 PTRACE_SEIZE", "A05 process_vm_readv", "A05 pidfd_getfd",
              "A05 /mem", "A06 /fd", "A07 a core"],
             ("vault/daemon/sandbox_linux.c", "if (setrlimit(RLIMIT_CORE, &none) != 0)",
              "if (none.rlim_cur != 0)"),
             ("vault/daemon/sandbox_linux.c",
              "return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ?",
              "return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 ?"),
             ("vault/daemon/starter_process_linux.c",
              "(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);", "")),
    Weakness("certificates of any owner", ["A01 was granted", "A01 tells a real one"],
             ("vault/keeper/index.c",
              "return record->uid == wanted->uid && digest_equal(",
              "return digest_equal(")),
    Weakness("a daemon that answers with a key",
             ["A02 an answer holds d", "A24 kinkod has EVP_PKEY_get_bn_param"],
             ("vault/keeper/identity_use.c",
              "	return join_halves(der, size, order_size(identity->key), out_signature);",
              """	BIGNUM *number = NULL;
	if (input->data[0] == 0 && EVP_PKEY_get_bn_param(identity->key, "priv", &number) == 1) {
		TRY(bytes_zeroed(64, out_signature));
		(void)BN_bn2binpad(number, out_signature->data, 64);
		return ERR_OK;
	}
	return join_halves(der, size, order_size(identity->key), out_signature);"""),
             build="two"),
    Weakness("inputs of any length", ["A28 signed"],
             ("vault/keeper/identity_use.c",
              "if (ready == NULL || input->size != sign_hash_size(hash))",
              "if (ready == NULL)")),
    Weakness("logins that no time and no count ends",
             ["A03 after the idle time", "A03 after the longest time", "A03 ask = always",
              "A03 batch-max"],
             ("vault/daemon/session_login.c", "	else if (now >= login->ends_at)",
              "	else if (now < 0)"),
             ("vault/daemon/session_login.c", "	else if (now >= login->idle_ends_at)",
              "	else if (now < 0)"),
             ("vault/daemon/session_login.c", ".has_uses_max = limits->uses_max != 0,",
              ".has_uses_max = false,")),
    Weakness("messages of any user on a connection", ["A22 was executed"],
             ("vault/daemon/session_login.c", "if (sender->uid != session->peer.uid)",
              "if (sender->uid == (uid_t)-1)"),
             ("vault/daemon/server_serve_linux.c", "if (sender->uid != uid)",
              "if (sender->uid == (uid_t)-1)")),
    Weakness("messages of any process on a connection with a login",
             ["A20 another process", "A20 a child", "A30 a child", "A22 sign"],
             ("vault/daemon/session_login.c",
              "if (is_logged_in && pid != session->login.pid)",
              "if (is_logged_in && pid == (pid_t)-1)")),
    Weakness("a login that outlives its process", ["A23 signed with the login"],
             ("vault/daemon/peer_linux.c", "return poll(&ended, 1, 0) != 0;",
              "return poll(&ended, 1, 0) < 0;"),
             ("vault/daemon/session_login.c", "		watch(session->login.process, context);", ""),
             build="two"),
    Weakness("descriptors that are kept", ["A21 descriptors stayed"],
             ("vault/wire/channel_linux.c", "				(void)close(passed);", ""),
             ("vault/wire/channel_linux.c", "uint8_t bytes[CMSG_SPACE(sizeof(struct ucred))];",
              "uint8_t bytes[4096];")),
    Weakness("secrets in ordinary memory, not wiped", ["A08 key", "A09 derived-key"],
             ("vault/base/secret.c", "uint8_t *bytes = sodium_malloc(size == 0 ? 1 : size);",
              "uint8_t *bytes = malloc(size == 0 ? 1 : size);"),
             ("vault/base/secret.c", "sodium_free(secret->bytes);", "free(secret->bytes);"),
             ("vault/base/secret.c", "		sodium_free(bytes);", "		free(bytes);"),
             ("vault/base/secret.c", "if (sodium_mlock(bytes, size == 0 ? 1 : size) != 0)",
              "if (bytes == NULL)")),
    Weakness("keys in OpenSSL's ordinary heap, not wiped", ["A09 after sign_once: d"],
             ("vault/keeper/identity.c",
              "made = CRYPTO_secure_malloc_init(heap_size(count_max), SMALLEST_BLOCK);",
              "made = heap_size(count_max) > SMALLEST_BLOCK;"),
             ("vault/keeper/identity.c",
              "		OPENSSL_cleanse(block, malloc_usable_size(block));", "		;"),
             build="two"),
    Weakness("a daemon that prints PINs", ["A33 PIN"],
             ("vault/daemon/answer_login.c", """	if (!pin_text_is_proper(request->body.login.pin))
		return ERR_PIN_TEXT;
	TRY(peer_open""", """	if (!pin_text_is_proper(request->body.login.pin))
		return ERR_PIN_TEXT;
	dprintf(2, "%.*s\\n", (int)secret_size(request->body.login.pin),
		(const char *)secret_view(request->body.login.pin));
	TRY(peer_open"""),
             ("vault/daemon/answer_login.c", '#include "vault/daemon/call.h"\n',
              '#include "vault/daemon/call.h"\n#include <stdio.h>\n')),
    Weakness("a machine that is not compared", ["A13 another machine-id"],
             ("vault/keeper/hwid.c",
              "	if (machine == HWID_OTHER || product == HWID_OTHER)\n		return HWID_OTHER;\n", "")),
    Weakness("programs that the environment configures",
             ["A18 a trap was loaded:", "A18 a trap was loaded into the daemon"],
             ("vault/keeper/identity.c", "OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)",
              "OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL)"),
             ("vault/cert/certificate.c", "OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)",
              "OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL)"),
             ("vault/daemon/run.c", "	(void)clearenv();", "")),
    Weakness("a client that believes any server", ["A19 was sent"],
             ("vault/client/link_linux.c",
              "if (is_system_user(server) || (is_named && server == getuid()))",
              "if (server != (uid_t)-1)")),
    Weakness("folders that everybody may read", ["A31 mode 755"],
             ("vault/daemon/setup_linux.c", "	FOLDER_MODE = 0700,", "	FOLDER_MODE = 0755,")),
    Weakness("failures at deciphering without a pause", ["A29 failures in a row"],
             ("vault/daemon/answer_sign.c",
              "if (!failures_begin(failures, call_uid(call), session_clock()))",
              "if (failures == NULL)")),
    Weakness("a module whose secret attributes answer", ["A25 attribute 0x123"],
             ("tool/pkcs11/attribute.c",
              "return rule != NULL && rule->kind == SECRET ? CKR_ATTRIBUTE_SENSITIVE",
              "return rule != NULL && rule->kind == SECRET ? CKR_OK")),
    Weakness("a module whose refused functions say they worked",
             ["A26 SetAttributeValue", "A26 CopyObject", "A27 WrapKey", "A27 GenerateKey"],
             ("tool/pkcs11/refused.c", "return refused_##checked(checked, result);",
              "return refused_##checked(checked, CKR_OK);")),
    Weakness("a module that takes any DigestInfo", ["A28 RSA_PKCS signed"],
             ("tool/pkcs11/operation.c",
              "memcmp(operation->input, prefix, prefix_size) != 0)",
              "prefix_size == 0)")),
    Weakness("a part of each row that is not sealed", ["A12 the raw disk: d"],
             ("vault/keeper/seal.c", "random_fill(nonce, NONCE_SIZE);",
              "memcpy(nonce, secret_view(padded) + 36, NONCE_SIZE);"), build="two"),
]

# -- group B: changing what lies there -------------------------------------------------------------

CHANGING = [
    Weakness("rows whose tag is not compared", ["B01 told something else", "B02 of no consequence"],
             ("vault/keeper/seal.c",
              """	if (crypto_aead_xchacha20poly1305_ietf_decrypt(padded, NULL, NULL, nonce + NONCE_SIZE,
						       padded_size_of(sealed) + TAG_SIZE, bound,
						       sizeof bound, nonce, key) != 0)
		return damaged(&seat->row);
""",
              """	if (crypto_stream_xchacha20_xor_ic(padded, nonce + NONCE_SIZE, padded_size_of(sealed),
					   nonce, 1, key) != 0)
		return damaged(&seat->row);
"""), build="three"),
    Weakness("rows that the manifest does not count",
             ["B05 a whole certificate deleted", "B15 an older copy"],
             ("vault/keeper/keeper_load.c",
              """	if (ledger->manifest.row_count != load->counted.row_count ||
	    !digest_equal(&ledger->manifest.set_hash, &load->counted.set_hash))
""",
              """	if (load->counted.row_count > UINT32_MAX)
"""), build="three"),
    Weakness("an anchor that is not compared",
             ["B07 generations old", "B08 generations old", "B08 no anchor",
              "B09 all files put back", "B10 cut to", "C05 put back"],
             ("vault/keeper/keeper_open.c", "	TRY(compare_anchor(ledger));\n",
              "	(void)compare_anchor(ledger);\n"),
             ("vault/keeper/ledger.c",
              """	if (err != ERR_OK)
		return err == ERR_DISK ? ERR_STATE_UNSETTLED : err;
	if (digest_equal(&value, &step->to))
""",
              """	if (err != ERR_OK)
		value = step->to;
	if (digest_equal(&value, &step->to))
"""),
             ("vault/keeper/ledger.c",
              """		return err_note(ERR_ROLLED_BACK, "the anchor is not where the manifest left it");
	if (err != ERR_OK)
""",
              """		err = ERR_STATE_UNSETTLED;
	if (err != ERR_OK)
"""), build="three"),
    Weakness("a schema that may hold more than the table", ["B11 a trigger", "B11 another table"],
             ("vault/store/database.c",
              """	TRY(ask_is(database, "SELECT count(*) FROM sqlite_schema", 2));\n""", ""), build="three"),
    Weakness("a database with a second name", ["B12 a hard link"],
             ("vault/store/database_file_linux.c", "status->st_nlink != 1", "status->st_nlink == 0"), build="three"),
    Weakness("a host.key that is made anew beside a vault", ["B14 made anew"],
             ("vault/daemon/setup_linux.c",
              """!file_exists(folders->config, PLACE_HOST_KEY) &&
	       !keeper_vault_exists(folders->state, folders->anchor);""",
              """!file_exists(folders->config, PLACE_HOST_KEY);"""), build="three"),
    Weakness("a log whose numbers may jump", ["B16 removed"],
             ("vault/keeper/audit_look.c", "	if (entry->number > look->expected)\n",
              "	if (was_wrong && entry->number > look->expected)\n"), build="three"),
    Weakness("a log whose chain is not followed", ["B16 byte"],
             ("vault/keeper/audit_look.c", "		look->wrong += look->empty + 1;\n",
              "		look->wrong += look->empty;\n"), build="three"),
    Weakness("rows whose padding may be anything", ["B17 refuse"],
             ("vault/keeper/seal.c",
              "	return sodium_unpad(out_size, padded, padded_size, pad_block[seat->row.kind]) != 0\n",
              "	return sodium_unpad(out_size, padded, padded_size, pad_block[seat->row.kind]) > 0\n"), build="three"),
    Weakness("rows that are not bound to their place",
             ["B04 of two certificates", "B06 of the header", "B13 of version"],
             ("vault/keeper/seal.c",
              "	if (memcmp(sealed->data, bound + VAULT_ID_SIZE + 1, CLEAR_SIZE) != 0)\n",
              "	if (sealed->size < CLEAR_SIZE)\n"),
             ("vault/keeper/seal.c", "bound, sizeof bound, NULL, nonce, key) != 0)",
              "NULL, 0, NULL, nonce, key) != 0)"),
             ("vault/keeper/seal.c",
              """padded_size_of(sealed) + TAG_SIZE, bound,
						       sizeof bound, nonce, key) != 0)""",
              """padded_size_of(sealed) + TAG_SIZE, NULL, 0,
						       nonce, key) != 0)"""),
             ("vault/keeper/seal.c", "LABEL_ROW, input, sizeof input, out_key, KEY_SIZE);",
              "LABEL_ROW, input, 0, out_key, KEY_SIZE);"),
             ("vault/keeper/keeper_load.c",
              """	if (ledger->manifest.row_count != load->counted.row_count ||
	    !digest_equal(&ledger->manifest.set_hash, &load->counted.set_hash))
""",
              """	if (load->counted.row_count > UINT32_MAX)
"""), build="four"),
]

# -- group C: trying PINs --------------------------------------------------------------------------

TRYING = [
    Weakness("a try that is taken when the PIN was evaluated",
             ["C03 evaluated", "C04 evaluated", "C10 evaluated"],
             ("vault/keeper/attempt.c",
              """	err = write_tries(attempt, LEDGER_MOVES, &is_committed);
	record->try_is_held = err != ERR_OK && is_committed;
""",
              """	err = is_committed ? ERR_DISK : ERR_OK;
"""),
             ("vault/keeper/attempt.c",
              """	*out_tries_left = attempt->pin.tries_left;
	return err_detail(ERR_PIN_WRONG,""",
              """	AUTO_HELD(hold) hold = hold_take(&attempt->keeper->changing);
	bool is_committed = false;
	(void)write_tries(attempt, LEDGER_MOVES, &is_committed);
	*out_tries_left = attempt->pin.tries_left;
	return err_detail(ERR_PIN_WRONG,"""), build="three"),
    Weakness("a lock that the next start has forgotten", ["C01 after a start"],
             ("vault/keeper/keeper_load.c",
              "	record->entry.tries_left = found->content.tries_left;\n",
              "	record->entry.tries_left = 5;\n"), build="four"),
    Weakness("a locked certificate whose PINs are stretched all the same",
             ["C01 the right one, locked", "C01 stretched all the same"],
             ("vault/keeper/attempt.c",
              """	TRY(look_up(attempt, out_tries_left));
	stretch_slot_take(keeper->stretcher, uid, &attempt->slot);
""",
              """	enum err found = look_up(attempt, out_tries_left);
	stretch_slot_take(keeper->stretcher, uid, &attempt->slot);
	if (found == ERR_PIN_LOCKED) {
		AUTO_HELD(hold) hold = hold_take(&keeper->changing);
		TRY(keeper_read_pin(keeper, attempt->record, &attempt->pin));
		TRY(derive(attempt, pin));
	}
	TRY(found);
"""), build="two"),
    Weakness("attempts on one certificate that wait for nobody", ["C02 were evaluated"],
             ("vault/keeper/attempt.c", "	turn_take(keeper->turns, uid, id, &attempt->turn);\n", ""),
             build="four"),
    Weakness("derivations without a limit", ["C02 MiB"],
             ("vault/keeper/stretch.c", "stretcher->running < STRETCH_SLOTS", "stretcher->running < 99"),
             build="three"),
    Weakness("logins that live by the wall clock", ["C06 ended a login"],
             ("vault/daemon/session.c", "	(void)clock_gettime(CLOCK_BOOTTIME, &now);",
              "	(void)clock_gettime(CLOCK_REALTIME, &now);"), build="four"),
    Weakness("logins whose time stands still in sleep", ["C07 of sleep", "C07 longest time"],
             ("vault/daemon/session.c", "	(void)clock_gettime(CLOCK_BOOTTIME, &now);",
              "	(void)clock_gettime(CLOCK_MONOTONIC, &now);"), build="three"),
    Weakness("two tries for one PIN", ["C08 left, then"],
             ("vault/keeper/attempt.c", "	attempt->pin.tries_left--;\n",
              "	attempt->pin.tries_left -= attempt->pin.tries_left > 1 ? 2 : 1;\n"), build="two"),
    Weakness("texts that are no PINs, and count", ["C09 a NUL", "C09 half a character"],
             ("vault/base/pin_text.c",
              "bool pin_text_is_proper(const struct secret *pin)\n{\n",
              "bool pin_text_is_proper(const struct secret *pin)\n{\n"
              "	if (pin != NULL)\n		return true;\n"), build="three"),
    Weakness("a change of PIN in two steps", ["C11 none"],
             ("vault/keeper/keeper_pin.c",
              "	enum err err = edit_commit(keeper, &edit, &is_committed);\n",
              """	struct edit half = edit;
	half.kek = half.key = NULL;
	enum err err = edit_commit(keeper, &half, &is_committed);
	if (err == ERR_OK)
		err = edit_commit(keeper, &edit, &is_committed);
"""), build="three"),
    Weakness("tries that all certificates of a user share", ["C12 became"],
             ("vault/keeper/attempt.c",
              "	TRY(ledger_settle(keeper->ledger));\n	TRY(keeper_read_pin(keeper, record, &attempt->pin));\n",
              """	struct owner *owner = index_owner(keeper->index, record->uid);
	for (size_t i = 0; i < owner->count; i++)
		owner->records[i]->entry.tries_left--;
	TRY(ledger_settle(keeper->ledger));
	TRY(keeper_read_pin(keeper, record, &attempt->pin));
"""), build="three"),
    Weakness("a vault that two daemons may open", ["C13 daemons serve"],
             ("vault/daemon/setup_linux.c", "	if (flock(folders->state, LOCK_EX | LOCK_NB) == 0)\n",
              "	if (flock(folders->state, LOCK_EX | LOCK_NB) == 0 || errno == EWOULDBLOCK)\n"), build="three"),
    Weakness("a storage key that a TPM in lockout does not use", ["C15 opening"],
             ("vault/keeper/tpm_session.c",
              "TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |\n",
              "TPMA_OBJECT_USERWITHAUTH |\n"), build="four"),
    Weakness("certificates that are found for any user", ["C16 uid", "C16 the other user"],
             ("vault/keeper/index.c",
              "	return record->uid == wanted->uid && digest_equal(",
              "	return digest_equal("),
             ("vault/keeper/attempt.c", "index_owner(attempt->keeper->index, attempt->uid)",
              "index_owner(attempt->keeper->index, attempt->record->uid)"), build="three"),
]

WEAKNESSES = COPYING + CHANGING + TRYING
