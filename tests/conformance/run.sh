#!/usr/bin/env bash
# Runs other people's clients against the emulators, and Slack's validators over everything the bot shows.
#
#   tests/conformance/run.sh <secevent binary> [ledger of a bot run ...]
#
# Part 1 keeps the emulators honest: an app written with slack_bolt is driven through Slack's, over sockets and over HTTP, and
# one written with discord.js through Discord's.
# Part 2 keeps the bot honest: every block list and view in the ledgers must pass slack_sdk's own checks. Without a
# ledger given, the tour is played and its ledger is read. Exits non-zero with the reason when anything is off.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 <secevent binary> [ledger ...]" >&2
    exit 2
fi
secevent=$1
shift

cache=${XDG_CACHE_HOME:-$HOME/.cache}/secevent
venv=$cache/conformance-$(sha256sum "$here/requirements.txt" | cut -c1-12)
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c "import slack_bolt, slack_sdk" 2>/dev/null; then
    echo "conformance: installing $(tr '\n' ' ' <"$here/requirements.txt")"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi

work=$(mktemp -d)
emulator=
cleanup() {
    if [ -n "$emulator" ]; then
        kill "$emulator" 2>/dev/null || true
        wait "$emulator" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT

flow() { # flow <socket|http>
    echo "conformance: an app by slack_bolt over $1"
    "$secevent" emulator slack --port 0 --ledger "$work/$1.jsonl" >"$work/$1.out" 2>"$work/$1.err" &
    emulator=$!
    if ! timeout 120 "$venv/bin/python" "$here/bolt_flow.py" "$1" "$work/$1.out"; then
        echo "conformance: the flow over $1 failed; the emulator said:" >&2
        tail -n 40 "$work/$1.err" >&2
        exit 1
    fi
    kill "$emulator" 2>/dev/null || true
    wait "$emulator" 2>/dev/null || true
    emulator=
}

flow socket
flow http

modules=$cache/conformance-node-$(cat "$here/discord/package.json" "$here/discord/package-lock.json" | sha256sum | cut -c1-12)
if [ ! -f "$modules/complete" ]; then
    echo "conformance: installing discord.js"
    rm -rf "$modules"
    mkdir -p "$modules"
    cp "$here/discord/package.json" "$here/discord/package-lock.json" "$modules/"
    npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund --silent
    touch "$modules/complete"
fi

echo "conformance: an app by discord.js"
mkdir "$work/discord"
ln -s "$modules/node_modules" "$work/discord/node_modules"
cp "$here/discord/package.json" "$here/discord/flow.mjs" "$work/discord/"
"$secevent" emulator discord --port 0 --ledger "$work/discord.jsonl" >"$work/discord.out" 2>"$work/discord.err" &
emulator=$!
for _ in $(seq 100); do
    [ -s "$work/discord.out" ] && break
    sleep 0.1
done
if ! timeout 180 node "$work/discord/flow.mjs" "$work/discord.out"; then
    echo "conformance: the flow by discord.js failed; the emulator said:" >&2
    tail -n 40 "$work/discord.err" >&2
    exit 1
fi
kill "$emulator" 2>/dev/null || true
wait "$emulator" 2>/dev/null || true
emulator=

echo "conformance: the validators themselves"
"$venv/bin/python" "$here/validate_blocks.py" --self-test
"$venv/bin/python" "$here/validate_blocks.py" "$work/socket.jsonl" "$work/http.jsonl"

if [ $# -eq 0 ]; then
    echo "conformance: the bot's tour"
    if ! timeout 120 "$secevent" demo --tour --ledger "$work/tour.jsonl" >"$work/tour.out" 2>&1; then
        echo "conformance: the tour failed:" >&2
        tail -n 40 "$work/tour.out" >&2
        exit 1
    fi
    set -- "$work/tour.jsonl"
fi
echo "conformance: all that the bot showed"
"$venv/bin/python" "$here/validate_blocks.py" "$@"
echo "conformance: passed"
