#!/bin/bash
# docs/first-steps.md does what it says: its blocks run one after the other in
# one shell, and print the lines that stand beneath each ("..." for anything).
# usage: first_steps.sh BUILD-DIRECTORY; 77: not root.
set -u
page=$(cd "$(dirname "$0")" && pwd)/../../docs/first-steps.md
if [ "$(id -u)" != 0 ]; then
	echo "skipped: teep-agentd needs root"
	exit 77
fi
build=$(cd "$1" && pwd)
work=$(mktemp -d /tmp/first-steps.XXXXXX)
chmod 755 "$work"
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

# N.sh: a block; N.want: the indented lines right after it.
awk -v dir="$work" '
/^```sh$/ { n++; file = sprintf("%s/%02d.sh", dir, n); in_block = 1; next }
/^```$/ { in_block = 0; after = 1; file = sprintf("%s/%02d.want", dir, n); next }
in_block { print >file; next }
after && /^    / { print substr($0, 5) >file; next }
{ after = 0 }' "$page"

export TAMARIND=$build
STEPS=$work/steps
PORT=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
fail() {
	echo "first steps: $*"
	tail -n 20 "$STEPS"/*.log 2>/dev/null
	exit 1
}

# One line of a page as a pattern: blanks are as wide as they are.
pattern() {
	printf '%s' "$1" | sed -E 's/[][(){}.*+?^$|\\]/\\&/g; s/(\\\.){3}/.*/g; s/ +/ +/g'
}

blocks=0
lines=0
for block in "$work"/[0-9][0-9].sh; do
	sleep 1 # as a person would; proofs count in whole seconds
	# shellcheck disable=SC1090
	. "$block" >"$work/out" 2>&1 || fail "$(cat "$block" "$work/out")"
	blocks=$((blocks + 1))
	[ -e "${block%.sh}.want" ] || continue
	while IFS= read -r line; do
		grep -qE "^$(pattern "$line")\$" "$work/out" ||
			fail "not printed: $line; but $(cat "$work/out")"
		lines=$((lines + 1))
	done <"${block%.sh}.want"
done
[ $blocks -gt 5 ] && [ $lines -gt 5 ] || fail "the page has no blocks"
[ -e "$STEPS" ] && fail "something is left in $STEPS"
echo "$blocks blocks ran, $lines lines were printed"
