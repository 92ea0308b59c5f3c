#!/bin/bash
# The examples of suit(1) do what they say, one after the other in one
# directory, with nothing but the files that they take for granted.
# usage: suit_man_test.sh SUIT SOURCE
set -u
suit=$1
source=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
PATH=$(dirname "$suit"):$PATH

for key in author:a second:b third:c; do
	name=${key#*:}
	key=${key%:*}
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$key.pem" 2>/dev/null
	openssl pkey -in "$key.pem" -pubout -out "$key.pub"
	cp "$key.pub" "$name.pub"
done
printf 'Hello, world' >hello
printf '{"spdxVersion": "SPDX-2.3"}' >hello.spdx.json
sed 's/app\.bin/hello/' "$source/examples/recipes/single.yaml" >hello.yaml
suit create -c ta/theirs -p hello -s 7 -k third.pem -o theirs.suit || exit 1

# Commands, a line each, as scdoc prints them.
sed '1,/^# EXAMPLES/d; /^# SEE ALSO/,$d' "$source/cmd/suit/suit.1.scd" |
	sed -n '/^```/,/^```/{/^```/!p}' | sed 's/\\\\/\\/g' |
	sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' >commands
count=0
while read -r line; do
	bash -c "$line" >out 2>&1 </dev/null ||
		{ echo "FAILED: $line: $(cat out)" && exit 1; }
	count=$((count + 1))
	# the key's keeper, who is none of ours
	[ ! -e to-sign ] || openssl dgst -sha256 -sign author.pem to-sign >signature
done <commands
[ $count -ge 8 ] && suit verify --key author.pub signed.suit >out &&
	grep -q 'sequence-number: 7' mine.yaml || exit 1
echo "$count commands ran"
