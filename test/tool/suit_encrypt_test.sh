#!/bin/sh
# suit encrypt: to whom, on whose word, and what is refused.
# usage: suit_encrypt_test.sh SUIT PEER
set -u
suit=$1
peer=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
fail() {
	echo "FAILED: $*" >&2
	failed=1
}
# expect STATUS PATTERN COMMAND...
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
# to EVIDENCE CORIM ENDORSER: the rest of a command
to() { expect "$1" "$2" "$suit" encrypt --to "$3" --corim "$4" --endorser "$5" \
	--info info -o ct plain; }

"$peer" make . || exit 1
head -c 200000 /dev/urandom >plain
for alg in a128gcm a192gcm a256gcm chacha20-poly1305 a128ctr a192ctr a256ctr; do
	expect 0 '' "$suit" encrypt -a $alg --to right.evidence \
		--corim maker.corim --endorser maker.pub.pem --info info -o ct plain
	"$peer" open device.pem info ct >got || fail "$alg does not open"
	cmp -s plain got || fail "$alg opens to something else"
	grep -qF "$(head -c 24 plain | tr -d '\0\n')" ct && fail "$alg: in the clear"
done

# What the TAM could offer in the device's place.
rm -f info ct
to 1 evidence-key-not-endorsed tam.evidence maker.corim maker.pub.pem
to 1 evidence-key-not-endorsed tam.evidence tam.corim maker.pub.pem
to 1 'bare key' tam.pub.pem maker.corim maker.pub.pem
to 1 'bare key' device.pub.pem maker.corim maker.pub.pem
# Evidence that is none.
to 1 claim-mismatch right.evidence other.corim maker.pub.pem
to 1 missing none.evidence maker.corim maker.pub.pem
to 1 key-purpose purpose.evidence maker.corim maker.pub.pem
to 1 bad-signature flipped.evidence maker.corim maker.pub.pem
to 1 'duplicate-key.*--authority' two.evidence maker.corim maker.pub.pem
expect 1 'missing-field.*nobody.*author' "$suit" encrypt --authority nobody --to right.evidence \
	--corim maker.corim --endorser maker.pub.pem --info info -o ct plain
to 1 not-found nothing maker.corim maker.pub.pem
expect 2 endorser "$suit" encrypt --to right.evidence --info info -o ct plain
expect 2 'for whom' "$suit" encrypt --info info -o ct plain
[ -e info ] || [ -e ct ] && fail "something was written all the same"

for name in author other; do
	expect 0 '' "$suit" encrypt --authority $name --to two.evidence \
		--corim maker.corim --endorser maker.pub.pem --info info.$name -o ct.$name plain
done
"$peer" open device.pem info.author ct.author | cmp -s - plain || fail "first authority"
"$peer" open device.pem info.other ct.other >got 2>&1 && fail "another's key opens"
grep -q undecryptable got || fail "another's key: $(cat got)"

# A bare key, said to be one; a key that both have; several.
expect 0 '' "$suit" encrypt --unverified-key device.pub.pem --info info -o ct plain
"$peer" open device.pem info ct | cmp -s - plain || fail "unverified"
printf aaaaaaaaaaaaaaaa >kek
expect 0 '' "$suit" encrypt --kek kek --kid kid-1 --info info -o ct plain
"$peer" open kek info ct | cmp -s - plain || fail "kek"
printf aaaa >short
expect 1 '16, 24 or 32' "$suit" encrypt --kek short --info info -o ct plain
expect 0 '' "$suit" encrypt --to right.evidence --corim maker.corim \
	--endorser maker.pub.pem --kek kek --info info -o ct plain
"$peer" open kek info ct | cmp -s - plain || fail "first of two"
"$peer" open device.pem info ct | cmp -s - plain || fail "second of two"
mkdir each
printf 'right.evidence\nright.evidence\n' >list
expect 0 '' "$suit" encrypt --list list --corim maker.corim \
	--endorser maker.pub.pem --each --info each -o ct plain
"$peer" open device.pem each/*.cose ct | cmp -s - plain || fail "from a list"
many=$(for i in 1 2 3 4 5 6 7 8 9; do printf ' --unverified-key device.pub.pem'; done)
# shellcheck disable=SC2086
expect 2 'up to 8' "$suit" encrypt $many --info info -o ct plain
: >empty
expect 0 '' "$suit" encrypt --kek kek --info info -o ct empty
"$peer" open kek info ct | cmp -s - empty || fail "nothing"
[ $failed -eq 0 ] || exit 1
echo "seven algorithms, four kinds of recipient, twelve refusals"
