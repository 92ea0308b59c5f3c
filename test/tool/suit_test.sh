#!/bin/sh
# The suit tool: create, sign, verify, show; and what each of them refuses.
# usage: suit_test.sh SUIT VECTORS
set -u
suit=$1
v=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0

fail() {
	echo "FAILED: $*" >&2
	failed=1
}

# expect STATUS PATTERN COMMAND...: exit status, and a line in its output
expect() {
	want=$1
	pattern=$2
	shift 2
	"$@" >out 2>&1
	got=$?
	[ $got -eq "$want" ] || fail "status $got, not $want: $*: $(cat out)"
	[ -z "$pattern" ] || grep -q -- "$pattern" out || fail "no '$pattern': $*: $(cat out)"
	grep -q 'Sanitizer\|runtime error' out && fail "$*: $(cat out)"
}

printf 'Hello, world' >hello
a=$v/key-es256-author
d=$v/key-es256-distributor

expect 0 '^usage' "$suit" --help
expect 0 '^suit ' "$suit" --version
for c in create encrypt sign verify explain lint diff run replay show; do
	expect 0 '^usage' "$suit" $c --help
	expect 2 'try' "$suit" $c --no-such-option
	expect 2 'try' "$suit" $c
done
expect 2 'try' "$suit"
expect 2 'unknown command' "$suit" frobnicate

# the common case, in one line
expect 0 '' "$suit" create --component ta/hello --payload hello --sequence 1 \
	--vendor example.com --class board --invoke=-v --key "$a.priv.pem" \
	-o h.suit
expect 0 'payload   matches' "$suit" verify --key "$a.pub.pem" h.suit
expect 0 'ta/hello' "$suit" verify --key "$a.pub.pem" h.suit
# name-based UUIDs, checked against another implementation
expect 0 'cfbff0d193755685968c48ce8b15ae17' "$suit" show h.suit
expect 0 'not verified' "$suit" show h.suit
expect 0 '# verified: signed by' "$suit" show --key "$a.pub.pem" h.suit
expect 1 'unknown-key' "$suit" show --key "$d.pub.pem" h.suit
expect 1 'unknown-key' "$suit" verify --key "$d.pub.pem" h.suit
expect 1 'unknown-key.*false\|false.*unknown-key' \
	"$suit" verify --json --key "$d.pub.pem" h.suit

# k of n
expect 1 'too-few-signatures.*expected 2, found 1' \
	"$suit" verify --key "$a.pub.pem" --key "$d.pub.pem" -t 2 h.suit
expect 0 '' "$suit" sign --key "$d.priv.pem" h.suit -o h2.suit
expect 0 'distributor' \
	"$suit" verify --key "$a.pub.pem" --key "$d.pub.pem" -t 2 h2.suit
expect 1 'exists' "$suit" sign --key "$d.priv.pem" h2.suit -o h3.suit
[ -e h3.suit ] && fail 'a refused signature left a file'

# unsigned, and by the other ways for the payload
expect 0 '' "$suit" create -c a -p hello -s 1 -o u.suit
expect 1 'unsigned' "$suit" verify --key "$a.pub.pem" u.suit
expect 0 '' "$suit" create -c a -p hello -s 2 --inline -k "$a.priv.pem" \
	-o i.suit
expect 0 'matches' "$suit" verify --key "$a.pub.pem" i.suit
expect 0 '' "$suit" create -c a -p hello -s 2 --uri https://x/y \
	-k "$a.priv.pem" -o r.suit
expect 0 'not here; from https://x/y' "$suit" verify --key "$a.pub.pem" r.suit
expect 0 '' "$suit" create -c a -p hello -s 2 --uri https://x/y --integrated \
	-k "$a.priv.pem" -o b.suit
expect 0 'matches' "$suit" verify --key "$a.pub.pem" b.suit

# payloads that stay outside, and what a device has seen before
expect 0 'payload   matches' \
	"$suit" verify --key "$a.pub.pem" --payload hello r.suit
expect 0 'payload   matches' \
	"$suit" verify --key "$a.pub.pem" --payload https://x/y=hello r.suit
expect 0 'not here; from' \
	"$suit" verify --key "$a.pub.pem" --payload https://x/z=hello r.suit
printf 'Hello, World' >other
expect 1 'image-digest' \
	"$suit" verify --key "$a.pub.pem" --payload other r.suit
expect 1 'image-size' \
	"$suit" verify --key "$a.pub.pem" --payload /dev/null r.suit
expect 1 'nothing: not-found' \
	"$suit" verify --key "$a.pub.pem" --payload nothing r.suit
expect 0 'matches' "$suit" verify --key "$a.pub.pem" --after 1 b.suit
expect 0 'matches' "$suit" verify --key "$a.pub.pem" --after 2 b.suit
expect 1 'rollback.*expected 3, found 2' \
	"$suit" verify --key "$a.pub.pem" --after 3 b.suit
expect 0 'matches' "$suit" verify --key "$a.pub.pem" --after b.suit b.suit
expect 0 'matches' "$suit" verify --key "$a.pub.pem" --after h.suit b.suit
expect 1 'rollback' "$suit" verify --key "$a.pub.pem" --after b.suit h.suit
expect 1 'sequence-clash' "$suit" verify --key "$a.pub.pem" --after i.suit b.suit
expect 1 'not-found' "$suit" verify --key "$a.pub.pem" --after nothing b.suit

# somebody changed it
sed 's/Hello/hello/' h.suit >p.suit
expect 1 'image-digest' "$suit" verify --key "$a.pub.pem" p.suit
sed 's/example/exanple/; s/#payload/#pbyload/' h.suit >p.suit
expect 1 'manifest-digest\|fetch-failed' "$suit" verify --key "$a.pub.pem" p.suit
head -c 100 h.suit >p.suit
expect 1 'truncated' "$suit" verify --key "$a.pub.pem" p.suit
expect 1 'truncated' "$suit" show p.suit

expect 1 'truncated' "$suit" sign --key "$a.priv.pem" p.suit -o q.suit

# odd, but well-formed: shown, and what is odd is said
printf '\277\002\103\200\000\001\003\114\244\001\001\002\030\002\003\100\024\102\201\016\027\242aa\000aa\001aa\302A\000\377' >p.suit
expect 0 'a device refuses this encoding: indefinite' "$suit" show p.suit
expect 0 '{_ $' "$suit" show p.suit
expect 0 '/ manifest-sequence-number / 2: 2_0,' "$suit" show p.suit
expect 0 '/ abort / 14 / !! without an argument /' "$suit" show p.suit
expect 0 '/ text / 23: / !! unexpected here / {"a": 0, "a": 1}' \
	"$suit" show p.suit
expect 0 '/ @1 authentication-wrapper / 2: / !! not CBOR /' \
	"$suit" show --offsets p.suit
# text cannot drive a terminal, nor end a comment
printf '\241\143\033[2\145*/ /\033' >t.cbor
expect 0 '"\\u001b\[2": "\*/ /' \
	"$suit" show t.cbor

# in sentences
expect 0 'Signed by .*author' "$suit" explain --key "$a.pub.pem" h.suit
expect 0 'Signed by a key that is not among' \
	"$suit" explain --key "$d.pub.pem" h.suit
expect 0 'vendor cfbff0d1-9375-5685-968c-48ce8b15ae17$' "$suit" explain h.suit
expect 0 'Take ta/hello from this envelope' "$suit" explain h.suit
expect 0 'Start ta/hello with the arguments "-v"' "$suit" explain h.suit
expect 0 'Give ta/hello up' "$suit" explain h.suit
expect 0 'Unsigned' "$suit" explain u.suit
expect 0 'Fetch a from https://x/y, 12 octets' "$suit" explain r.suit
sed 's/-v/-w/' h.suit >p.suit
expect 0 'which is NOT that of the manifest' "$suit" explain p.suit
expect 1 'wrong-type' "$suit" explain t.cbor

# what is made by one line is clean
expect 0 '^0 errors, 0 warnings, 0 notes$' "$suit" lint --after 0 h.suit
expect 1 'sequence-not-above' "$suit" lint --after 1 h.suit
expect 1 'sequence-not-above' "$suit" lint --after h2.suit h.suit
expect 1 'unsigned' "$suit" lint u.suit
expect 2 'no rule' "$suit" lint --ignore nothing h.suit
expect 0 'missing-digest (error)' "$suit" lint --list

# two manifests in words
expect 0 'no difference' "$suit" diff --exit-code h.suit h.suit
expect 0 '+ signed by key ' "$suit" diff h.suit h2.suit
expect 0 '+ signed by .*distributor' "$suit" diff --key "$d.pub.pem" h.suit h2.suit
printf 'Hello, moon' >moon
expect 0 '' "$suit" create -c ta/hello -p moon -s 2 --vendor example.com \
	--class board --uri https://x/y -k "$a.priv.pem" -o n.suit
expect 1 'sequence number: 1 -> 2$' "$suit" diff --exit-code h.suit n.suit
expect 0 'size: 12 octets -> 11 octets' "$suit" diff h.suit n.suit
expect 0 'from: #payload -> https://x/y' "$suit" diff h.suit n.suit
expect 0 'arguments: "-v" -> none' "$suit" diff h.suit n.suit
expect 0 '  - #payload, 12 octets' "$suit" diff h.suit n.suit
expect 0 '- there is no such section' "$suit" diff h.suit n.suit
expect 0 '  - Start ta/hello' "$suit" diff h.suit n.suit
expect 0 'the first refuse the second' "$suit" diff n.suit h.suit
expect 0 '+ component %01' "$suit" diff u.suit "$v/m5-two-images.signed.suit"
grep -q '  - component a' out || fail 'a component that is gone is not told'
expect 1 'not-found' "$suit" diff h.suit nothing

# what cannot be meant
expect 2 'no identifier' "$suit" create -c 'a//b' -p hello -s 1 -o x
expect 2 'no number' "$suit" create -c a -p hello -s -1 -o x
expect 2 'no number' "$suit" create -c a -p hello -s 18446744073709551616 -o x
expect 2 'neither a UUID' "$suit" create -c a -p hello -s 1 --vendor x -o x
expect 2 'needs --vendor' "$suit" create -c a -p hello -s 1 --class x -o x
expect 2 'excludes' "$suit" create -c a -p hello -s 1 --inline --uri x -o x
expect 1 'uri-not-allowed' "$suit" create -c a -p hello -s 1 --uri '#x' -o x
expect 1 'not-found' "$suit" create -c a -p nothing -s 1 -o x
expect 1 'system' "$suit" create -c a -p hello -s 1 -o no/such/folder/x
expect 1 'bad-configuration' "$suit" create -c a -p hello -s 1 -k hello -o x
expect 1 'bad-key\|bad-configuration' \
	"$suit" create -c a -p hello -s 1 -k "$a.pub.pem" -o x
[ -e x ] && fail 'a refused manifest left a file'

# a key as older instructions make it, and a bill of materials
openssl ecparam -name prime256v1 -genkey -out two-blocks.pem
openssl ec -in two-blocks.pem -pubout -out two-blocks.pub 2>/dev/null
printf '{"spdxVersion": "SPDX-2.3"}' >bom.json
expect 0 '' "$suit" create -c ta/hello -p hello -s 3 --sbom bom.json \
	-k two-blocks.pem -o o.suit
expect 0 'matches' "$suit" verify --key two-blocks.pub o.suit
expect 0 'SPDX sha-256' "$suit" recipe o.suit
expect 0 "bill of materials: SPDX sha-256 $(sha256sum bom.json | cut -d' ' -f1) bom.json" \
	"$suit" explain --key two-blocks.pub o.suit
"$suit" create -c ta/hello -p hello -s 3 -k two-blocks.pem -o o2.suit
expect 0 'bill of materials: SPDX sha-256 .* -> none' "$suit" diff o.suit o2.suit
expect 0 'image-match' "$suit" create -c ta/hello -p hello -s 3 --expand

# the drafts' own examples
for f in "$v"/*.suit; do
	expect 0 'manifest' "$suit" show "$f"
done
expect 0 'signed by' "$suit" verify --key "$a.pub.pem" "$v/m3-ab.signed.suit"
expect 0 'signed by' "$suit" verify --key "$a.pub.pem" \
	--compat dependency-beyond-components "$v/td1-process.suit"
expect 0 'signed by' "$suit" verify --key "$a.pub.pem" "$v/td0-dependency.suit"

# a report and its manifest
m=$v/m0-secure-boot.signed.suit
expect 0 '^result: success$' "$suit" replay -p invoke "$m" "$v/own-report-success.cbor"
grep -q 'image-size 34768' out || fail "replay: $(cat out)"
expect 0 '^result: condition-failed at validate+1, component 0$' "$suit" replay "$m" "$v/own-report-failure.cbor"
expect 1 'report-replay: reference, it names another manifest' "$suit" replay "$v/m1-download.signed.suit" "$v/own-report-success.cbor"
expect 1 'record-section, at validate+1' "$suit" replay -p uninstall "$m" "$v/own-report-failure.cbor"
expect 1 "own-report" "$suit" replay -k "$a.pub.pem" "$m" "$v/own-report-success.cbor"
expect 1 'm0-secure' "$suit" replay "$m" "$m"
expect 2 'try' "$suit" replay -p never "$m" "$m"

exit $failed
