/* fields.h - the 詳細 page of the certificate dialog people know: fields in its order.
 *
 * Names are English message ids (N_) with Japanese in po/ja.po: バージョン, シリアル番号,
 * 署名アルゴリズム, 署名ハッシュ アルゴリズム, 発行者, 有効期間の開始, 有効期間の終了,
 * サブジェクト, 公開キー, 公開キーのパラメーター, サブジェクト キー識別子, 機関キー識別子,
 * サブジェクト代替名, 発行者代替名, CRL 配布ポイント, 証明書ポリシー, キー使用法, 基本制限, (other
 * extensions by OID), 拇印. Dates are JST. Values keep the words of the dialog, which are English
 * there too ("Digital Signature, Non-Repudiation (c0)").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/cert/certificate.h"

struct field {
	const char *name; /* message id, static; for an unknown extension its dotted OID (owned) */
	char *oid;        /* dotted; "" for the fields that have none */
	char *value; /* UTF-8, may have several lines ('\n'); not escaped: the edge does that */
	char *owned_name;
	bool is_critical; /* the extension is marked so: programs must understand it */
};

struct fields {
	size_t count;
	struct field *items;
};

enum err fields_of(const struct certificate *certificate, struct fields **out_fields) MUST_CHECK;
void fields_free(struct fields *fields);
OWN_DEFINE(fields, fields_free)

/* Each attribute of the holder's name, in the order of the dialog (reverse of DER order), under the
 * short name people know (CN, O, C ...) or, when there is none, its dotted OID. */
enum err fields_of_subject(const struct certificate *certificate,
			   struct fields **out_fields) MUST_CHECK;

/* A moment as Japanese offices read it: "2031年1月31日 23:59:59" in Japanese, "2031-01-31 23:59:59
 * JST" in English. Owned by the caller. */
enum err fields_date(int64_t at, char **out_text) MUST_CHECK;
