#!/bin/sh
# Installs the programs that the tests call and that pip cannot bring: curl, Chromium and Redis. Quick when they are there.
set -eu

missing=""
for program in curl chromium redis-server; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # One word for each program.
$as_root apt-get install -y -qq --no-install-recommends $missing
