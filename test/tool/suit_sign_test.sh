#!/bin/bash
# suit sign: keys of files, tokens, commands and people elsewhere; levels,
# certificates, and what is refused.
# usage: suit_sign_test.sh SUIT VECTORS
set -u
suit=$1
v=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
count=0

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
	count=$((count + 1))
	[ $got -eq "$want" ] || fail "status $got, not $want: $*: $(cat out)"
	[ -z "$pattern" ] || grep -q -- "$pattern" out || fail "no '$pattern': $*: $(cat out)"
	grep -q 'Sanitizer\|runtime error' out && fail "$*: $(cat out)"
}

a=$v/key-es256-author
d=$v/key-es256-distributor
openssl genpkey -algorithm ed25519 -out ed.pem 2>/dev/null
openssl pkey -in ed.pem -pubout -out ed.pub.pem 2>/dev/null
printf 'Hello, world' >hello
expect 0 '' "$suit" create -c ta/hello -p hello -s 1 -o u.suit

# several at once, and none twice
expect 0 '' "$suit" sign --key "$a.priv.pem" --key ed.pem u.suit -o two.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" --key ed.pub.pem -t 2 two.suit
expect 1 'exists' "$suit" sign --key ed.pem two.suit -o x.suit
[ -e x.suit ] && fail 'a refused signature left a file'
expect 0 '' "$suit" create -c ta/hello -p hello -s 1 -k "$a.priv.pem" \
	-k ed.pem -o again.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" --key ed.pub.pem -t 2 again.suit
expect 1 'wrong-type' "$suit" sign -k ed.pem hello -o x.suit
sed 's/Hello/Jello/' two.suit >j.suit
expect 0 '' "$suit" sign -k "$d.priv.pem" j.suit -o x.suit
expect 1 'image-digest' "$suit" verify --key "$d.pub.pem" x.suit

# the old names of algorithms
expect 0 '' "$suit" sign --legacy -k "$a.priv.pem" -k ed.pem u.suit -o l.suit
expect 0 'ES256' "$suit" recipe l.suit
expect 0 'EdDSA' "$suit" recipe l.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" --key ed.pub.pem -t 2 l.suit

# a command, as a cloud service's: octets in, any form of a signature out
printf '#!/bin/sh\nexec openssl dgst -sha256 -sign %s\n' "$a.priv.pem" >der.sh
chmod +x der.sh
expect 0 '' "$suit" sign --public "$a.pub.pem" --signer ./der.sh u.suit -o c.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" c.suit
expect 0 '' "$suit" sign --public "$a.pub.pem" --signer './der.sh | base64' \
	u.suit -o c.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" c.suit
# it may sign the digest alone, and knows the algorithm
# shellcheck disable=SC2016
expect 0 '' "$suit" sign --public "$a.pub.pem" --signer \
	'[ "$SUIT_ALG" = ESP256 ] && cat >tbs &&
	[ "$(sha256sum <tbs | cut -c1-64)" = "$SUIT_SHA256" ] && ./der.sh <tbs' \
	u.suit -o c.suit
expect 0 '' "$suit" sign --public ed.pub.pem --signer \
	'cat >t && openssl pkeyutl -sign -inkey ed.pem -rawin -in t' \
	u.suit -o e.suit
expect 0 '' "$suit" verify --key ed.pub.pem e.suit
expect 1 'no signature' "$suit" sign --public "$d.pub.pem" --signer ./der.sh \
	u.suit -o x2.suit
expect 1 'status 3' "$suit" sign --public "$a.pub.pem" --signer 'exit 3' \
	u.suit -o x2.suit
expect 1 'bad-configuration' "$suit" sign --public "$a.pub.pem" --signer \
	'echo nonsense' u.suit -o x2.suit
expect 1 'too-long' "$suit" sign --public "$a.pub.pem" --signer \
	'head -c 100000 /dev/zero' u.suit -o x2.suit
expect 2 'wants the --public' "$suit" sign --signer ./der.sh u.suit -o x2.suit

# somebody elsewhere, with a key that never comes near
expect 0 '' "$suit" sign --detached "$d.pub.pem" u.suit -o tosign
openssl dgst -sha256 -sign "$d.priv.pem" tosign >sig
expect 0 '' "$suit" sign --detached "$d.pub.pem" --signature sig u.suit -o o.suit
expect 0 '' "$suit" verify --key "$d.pub.pem" o.suit
printf x >>tosign
openssl dgst -sha256 -sign "$d.priv.pem" tosign >sig
expect 1 'no signature' "$suit" sign --detached "$d.pub.pem" --signature sig \
	u.suit -o x2.suit
expect 2 'goes alone' "$suit" sign --detached "$d.pub.pem" -k ed.pem u.suit

# the manifest within a manifest: its digest stays, the outer one holds
expect 0 '' "$suit" sign -k ed.pem --inside '#dependent.suit' \
	"$v/td2-integrated.suit" -o in.suit
expect 0 'Ed25519' "$suit" recipe in.suit
[ "$("$suit" recipe in.suit | grep -c 'COSE_Sign1')" = 3 ] || fail 'blocks of levels'
expect 1 'no envelope under #none' "$suit" sign -k ed.pem --inside '#none' \
	"$v/td2-integrated.suit" -o x2.suit

# certificates go along
openssl req -new -x509 -key "$a.priv.pem" -subj /CN=author -days 3650 \
	-out cert.pem 2>/dev/null
expect 0 '' "$suit" sign -k "$a.priv.pem" --x5chain cert.pem u.suit -o x5.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" x5.suit
grep -q author x5.suit || fail 'no certificate in it'
cat cert.pem cert.pem >chain.pem
expect 0 '' "$suit" sign -k "$a.priv.pem" --x5chain chain.pem u.suit -o x5.suit
expect 1 "another key's" "$suit" sign -k ed.pem --x5chain cert.pem u.suit -o x2.suit
expect 1 '' "$suit" sign -k ed.pem --x5chain "$a.pub.pem" u.suit -o x2.suit

# a token
module=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
	2>/dev/null | head -n 1)
mkdir tokens
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' \
	"$dir/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$dir/softhsm2.conf
softhsm2-util --init-token --free --label factory --pin 1234 --so-pin 5678 \
	>/dev/null || fail 'no token could be made'
softhsm2-util --import "$a.priv.pem" --token factory --label author --id 01 \
	--pin 1234 >/dev/null || fail 'no key could be put into the token'
printf '1234\n' >pin
printf '4321\n' >wrong
u="pkcs11:token=factory;object=author?module-path=$module&pin-source=$dir/pin"
expect 0 '' "$suit" sign --pkcs11 "$u" u.suit -o t.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" t.suit
expect 0 '' "$suit" sign --pkcs11 \
	"pkcs11:token=factory;id=%01?module-path=$module&pin-source=$dir/pin" \
	-k ed.pem u.suit -o t.suit
expect 0 '' "$suit" verify --key "$a.pub.pem" --key ed.pub.pem -t 2 t.suit
expect 1 'refuses the PIN' "$suit" sign --pkcs11 "${u%pin}wrong" u.suit -o x2.suit
expect 1 'no such token' "$suit" sign --pkcs11 "${u/factory/other}" u.suit -o x2.suit
expect 1 'no such private key' "$suit" sign --pkcs11 "${u/author/other}" \
	u.suit -o x2.suit
expect 1 'cannot be loaded' "$suit" sign --pkcs11 "${u/softhsm2/none}" \
	u.suit -o x2.suit
expect 2 'wanted is pkcs11' "$suit" sign --pkcs11 'pkcs11:token=x' u.suit -o x2.suit
expect 2 'wanted is pkcs11' "$suit" sign --pkcs11 "$u&colour=red" u.suit -o x2.suit

[ -e x2.suit ] && fail 'a refused signature left a file'
echo "$count commands"
exit $failed
