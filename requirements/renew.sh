#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Renews the lock files: every version and the digests of all its files, for x86_64 and aarch64 alike.
# Run it by hand, read the difference, run ./run test --all, then commit. It needs the network and nothing else.
set -eu
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
python3 -m venv "$tool"
"$tool/bin/pip" -q install uv
lock() {
    output=$1; shift
    "$tool/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command "sh requirements/renew.sh" --output-file "requirements/$output" "$@"
}
lock core.lock pyproject.toml requirements/core.in
lock test.lock requirements/test.in
lock databases.lock requirements/databases.in
lock office.lock requirements/office.in
