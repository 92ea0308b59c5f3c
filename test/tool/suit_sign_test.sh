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

# a recipe brings its signatures along, and not into another manifest
expect 0 '' "$suit" recipe two.suit
mv out two.yaml
expect 0 '' "$suit" create two.yaml -o again.suit
cmp two.suit again.suit || fail 'a signed envelope does not come back'
sed 's/\(sequence-number:\) 1$/\1 2/' two.yaml >raised.yaml
cmp -s two.yaml raised.yaml && fail 'no sequence number to raise'
expect 1 'authentication: manifest-digest: blocks sign another manifest' \
	"$suit" create raised.yaml --key ed.pem -o x2.suit
expect 1 'signatures are of the old digest' "$suit" create raised.yaml
[ ! -e x2.suit ] || fail 'it was written all the same'
sed '/^  digest:/d' two.yaml >bare.yaml
expect 1 'authentication: blocks are of the digest beside them' \
	"$suit" create bare.yaml
sed '/^authentication:/,$d' raised.yaml >mine.yaml
expect 0 '' "$suit" create mine.yaml --key ed.pem -o mine.suit
expect 0 '' "$suit" verify --key ed.pub.pem mine.suit

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

# and count under an anchor: CA, intermediate, signer
ca() { # ca NAME ISSUER EXTENSIONS [DAYS]
	[ -e "$1.pem" ] || openssl genpkey -algorithm EC \
		-pkeyopt ec_paramgen_curve:P-256 -out "$1.pem"
	openssl req -new -key "$1.pem" -subj "/CN=$1" -out "$1.csr"
	printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b' \
		"$3" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.pem" \
		-days "${4:-365}" -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}
is_ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n'
signs='basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out root.pem
openssl req -x509 -new -key root.pem -subj /CN=root -days 365 \
	-addext keyUsage=critical,keyCertSign -out root.crt
ca middle root "$is_ca"
ca leaf middle "${signs}extendedKeyUsage=codeSigning\n"
cat leaf.crt middle.crt >leaf.chain
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.chain u.suit -o x5.suit
expect 0 '(the holder of its certificate)' "$suit" verify --anchor root.crt x5.suit
expect 0 'the holder of its certificate' "$suit" verify --anchor middle.crt --json x5.suit
expect 0 '^done' "$suit" run -q --anchor root.crt x5.suit
printf 'anchors: [root.crt]\n' >d.yaml
expect 0 '^done' "$suit" run -q -d d.yaml x5.suit
expect 1 'unknown-key.*leads to no --anchor: unable to get local issuer' \
	"$suit" verify --anchor cert.pem x5.suit
expect 1 'unknown-key.*leads to no --anchor' "$suit" run --anchor cert.pem x5.suit
expect 1 'no certificate in PEM' "$suit" verify --anchor "$a.pub.pem" x5.suit
expect 1 'not-found' "$suit" verify --anchor nothing x5.suit
# the author of a dependency has a certificate of its own
recipes=$v/../../../examples/recipes
cp "$recipes"/dependency.yaml "$recipes"/library.yaml "$recipes"/*.bin .
ca librarian root "$signs"
expect 0 '' "$suit" create library.yaml -o l.suit
expect 0 '' "$suit" sign -k librarian.pem --x5chain librarian.crt l.suit \
	-o library.suit
expect 0 '' "$suit" create dependency.yaml -o p.suit
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.chain p.suit -o product.suit
expect 0 '^done' "$suit" run -q --anchor root.crt product.suit
expect 0 '^depends   .*: manifest' "$suit" verify --anchor root.crt product.suit
[ "$(grep -c '(the holder of its certificate)' out)" = 2 ] || fail "two by certificates"
expect 1 'leads to no --anchor' "$suit" verify --anchor middle.crt product.suit
expect 0 'Signed by the holder of its certificate' "$suit" explain --anchor root.crt x5.suit
expect 0 'leads to no --anchor (' "$suit" explain --anchor cert.pem x5.suit
expect 0 'verified: signed by .*the holder of its certificate' "$suit" show --anchor root.crt x5.suit
expect 1 'leads to no --anchor' "$suit" show --anchor cert.pem x5.suit
expect 0 'the holder of its certificate' "$suit" diff --anchor root.crt u.suit x5.suit
expect 0 '' "$suit" extract --anchor root.crt -u '#payload' -o p x5.suit
expect 1 'leads to no --anchor' "$suit" extract --anchor cert.pem \
	-u '#payload' -o p x5.suit
expect 2 'unknown or incomplete option --anchor' "$suit" sever --anchor root.crt x5.suit
expect 1 'unknown-key' "$suit" run -q --anchor middle.crt product.suit
# without the one between there is no way
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.crt u.suit -o x6.suit
expect 1 'unable to get local issuer' "$suit" verify --anchor root.crt x6.suit
expect 0 '' "$suit" verify --anchor middle.crt x6.suit
# a certificate vouches for its key, not for what is signed
sed 's/Hello/Jello/' x5.suit >x6.suit
expect 1 'image-digest' "$suit" verify --anchor root.crt x6.suit
expect 1 'image-digest' "$suit" extract --anchor root.crt -u '#payload' x6.suit
expect 0 '' "$suit" extract -u '#payload' x6.suit
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.chain u.suit -o x6.suit
expect 0 '' "$suit" create -c ta/hello -p hello -s 2 -o u2.suit
/usr/bin/python3 -B - x6.suit u2.suit >x7.suit <<'EOF'
import cbor2, sys
a, b = (cbor2.load(open(f, "rb")) for f in sys.argv[1:])
block = cbor2.loads(a.value[2])[1]
b.value[2] = cbor2.dumps([cbor2.loads(b.value[2])[0], block])
sys.stdout.buffer.write(cbor2.dumps(b))
EOF
expect 1 'bad-signature' "$suit" verify --anchor root.crt x7.suit
# certificates that are for something else, or no longer
ca leaf middle "${signs}extendedKeyUsage=serverAuth\n"
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.crt u.suit -o x6.suit
expect 1 'key usage is not that of a signer' \
	"$suit" verify --anchor middle.crt x6.suit
ca leaf middle 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyAgreement\n'
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.crt u.suit -o x6.suit
expect 1 'key usage is not that of a signer' \
	"$suit" verify --anchor middle.crt x6.suit
ca leaf middle "$signs" -1
expect 0 '' "$suit" sign -k leaf.pem --x5chain leaf.crt u.suit -o x6.suit
expect 1 'certificate has expired' "$suit" verify --anchor middle.crt x6.suit
ca other leaf "$signs"
cat other.crt leaf.crt >other.chain
expect 0 '' "$suit" sign -k other.pem --x5chain other.chain u.suit -o x6.suit
expect 1 'leads to no --anchor' "$suit" verify --anchor middle.crt x6.suit
cat leaf.chain leaf.chain >long.chain
expect 1 'too-long.*leave out the anchor' \
	"$suit" sign -k leaf.pem --x5chain long.chain u.suit -o x2.suit

# a key that author and devices share
head -c 32 /dev/urandom >mac.key
head -c 32 /dev/urandom >other.key
printf short >short
expect 0 '' "$suit" sign --mac mac.key u.suit -o m.suit
expect 0 'payload   matches' "$suit" verify --mac mac.key m.suit
expect 0 '(mac.key)' "$suit" verify --mac other.key --mac mac.key m.suit
expect 0 '^done' "$suit" run -q --mac mac.key m.suit
expect 0 'Authenticated with the shared key mac.key' "$suit" explain --mac mac.key m.suit
expect 0 'Authenticated with a shared key, not verified' "$suit" explain --mac other.key m.suit
expect 0 'verified: signed by' "$suit" show --mac mac.key m.suit
printf 'macs: [mac.key]\n' >d.yaml
expect 0 '^done' "$suit" run -q -d d.yaml m.suit
expect 1 'unknown-key\|bad-signature' "$suit" verify --mac other.key m.suit
expect 1 'unknown-key\|bad-signature' "$suit" run --mac other.key m.suit
expect 1 '' "$suit" verify --key "$a.pub.pem" m.suit
expect 1 'exists' "$suit" sign --mac mac.key m.suit -o x2.suit
expect 0 '' "$suit" sign --kid night --mac mac.key -k ed.pem u.suit -o m2.suit
expect 0 'night' "$suit" show m2.suit
expect 0 '' "$suit" verify --mac mac.key --key ed.pub.pem -t 2 m2.suit
"$suit" recipe m2.suit | "$suit" create - -o m3.suit
cmp -s m2.suit m3.suit || fail 'a MAC does not come back from its recipe'
expect 1 '5 octets; a key for MACs' "$suit" sign --mac short u.suit -o x2.suit
expect 2 '--x5chain goes with a signature' \
	"$suit" sign --mac mac.key --x5chain cert.pem u.suit -o x2.suit
expect 2 '' "$suit" sign --kid night u.suit -o x2.suit
for f in write copy slot; do # of the drafts, under the key that they print
	printf '%032d' 0 | tr 0 a >published.key
	expect 0 'signed by' "$suit" verify --mac published.key \
		"$v/fe-aeskw-$f.suit"
	expect 1 '' "$suit" verify --mac mac.key "$v/fe-aeskw-$f.suit"
done

# signatures by hashes, of which no library here knows
/usr/bin/python3 -B - u.suit two.suit <<'EOF'
import base64, cbor2, sys
for source, out in zip(sys.argv[1:], ("hss.suit", "hss2.suit")):
    e = cbor2.load(open(source, "rb"))
    w = cbor2.loads(e.value[2])
    w.insert(1, cbor2.dumps(cbor2.CBORTag(18, [
        cbor2.dumps({1: -46}), {4: b"hss"}, None, bytes(1292)])))
    e.value[2] = cbor2.dumps(w)
    open(out, "wb").write(cbor2.dumps(e))
oid = bytes.fromhex("300d060b2a864886f70d0109100311")
def pem(name, der):
    text = base64.encodebytes(der).decode()
    open(name, "w").write(text.join(
        ("-----BEGIN %s-----\n" % KIND, "-----END %s-----\n" % KIND)))
KIND = "PUBLIC KEY"
pem("hss.pub", b"\x30\x4e" + oid + b"\x03\x3d\0" + bytes(60))
KIND = "PRIVATE KEY"
pem("hss.pem", b"\x30\x54\x02\x01\0" + oid + b"\x04\x40" + bytes(64))
open("hss.cose", "wb").write(cbor2.dumps({1: 5, -1: bytes(60)}))
EOF
none="HSS-LMS: not in this build's libraries"
expect 1 "algorithm-not-allowed: $none" "$suit" verify -k "$a.pub.pem" hss.suit
expect 1 "algorithm-not-allowed: $none" "$suit" run -k "$a.pub.pem" hss.suit
expect 0 'alg / 1: -46 / HSS-LMS /' "$suit" show hss.suit
expect 0 '; HSS-LMS, key "hss"' "$suit" explain hss.suit
expect 0 '' "$suit" verify -k "$a.pub.pem" hss2.suit
expect 1 "$none" "$suit" sign -k hss.pem u.suit -o x2.suit
expect 1 "$none" "$suit" sign --public hss.pub --signer cat u.suit -o x2.suit
expect 1 "$none" "$suit" sign --detached hss.cose u.suit -o x2.suit
expect 1 "$none" "$suit" verify -k hss.pub u.suit
expect 1 "$none" "$suit" verify -k hss.cose u.suit

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
