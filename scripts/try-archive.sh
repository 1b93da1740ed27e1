#!/bin/sh
# Does what was built on another machine run on this one? Unpacks an archive of a release, serves the demo, and asks it.
# sh scripts/try-archive.sh dist/release/openai-balance-TARGET.tar.gz
set -eu

work=$(mktemp -d)
daemon=
finish() {
  code=$?
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || :
    wait "$daemon" || :
  fi
  [ "$code" = 0 ] || cat "$work/log" 2>/dev/null || :
  rm -rf "$work"
}
trap finish EXIT

tar -xzf "$1" -C "$work"
"$work/openai-balance" version
"$work/openai-balance" serve --demo --port 0 >"$work/log" 2>&1 &
daemon=$!

left=60
until url=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$work/log") && [ -n "$url" ]; do
  kill -0 "$daemon" 2>/dev/null && [ "$left" -gt 0 ] || exit 1
  left=$((left - 1))
  sleep 1
done
curl -fsS "$url/v1/chat/completions" -H 'content-type: application/json' \
  -d '{"model":"demo-small","messages":[{"role":"user","content":"Say hello"}]}' | grep choices
