#!/usr/bin/env bash
# How exposed the service is, as systemd counts it (0 best, 10 worst); fails above 1.0.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v systemd-analyze >/dev/null; then
	echo "unit: not checked, there is no systemd-analyze" >&2
	exit 77
fi
# The threshold is in tenths. The program that the unit starts need not be installed here.
report=$(systemd-analyze security --offline=true --threshold=10 --no-pager packaging/kinkod.service) || {
	printf '%s\n' "$report" >&2
	exit 1
}
printf 'unit: %s\n' "$(grep -o 'Overall exposure level.*' <<<"$report")"
