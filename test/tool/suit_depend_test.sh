#!/bin/sh
# Manifests that depend on others, as verify, explain, lint and run tell of
# them: integrated, handed in, and not here.
# usage: suit_depend_test.sh SUIT VECTORS
set -u
suit=$1
v=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
checks=0

# expect STATUS PATTERN COMMAND...: the pattern in what it says; ! for none
expect() {
	want=$1
	pattern=$2
	shift 2
	"$suit" "$@" >out 2>&1 </dev/null
	got=$?
	checks=$((checks + 1))
	if [ $got -eq "$want" ] && case $pattern in
	'') true ;;
	!*) ! grep -q -- "${pattern#!}" out ;;
	*) grep -q -- "$pattern" out ;;
	esac; then
		return
	fi
	echo "FAILED: $*: status $got, '$pattern' in: $(cat out)" >&2
	failed=1
}

a=$v/key-es256-author
d=$v/key-es256-distributor
# library.suit NAME KEY [MORE]; product.suit NAME LIBRARY URI
library() {
	cat >r.yaml <<-EOF
	delivery:
	  sequence: 4
	  manifest-id: library-manifest
	  vendor: example.com
	  class: board
	  images:
	    - {name: library, component: lib/common, payload: {text: $3}}
	EOF
	expect 0 '' create r.yaml --key "$2.priv.pem" -o "$1"
}
product() {
	cat >r.yaml <<-EOF
	delivery:
	  sequence: 6
	  manifest-id: product
	  vendor: example.com
	  class: board
	  dependencies:
	    - {name: library, component: library-manifest, manifest: $2$3}
	  images:
	    - {name: app, component: ta/hello, payload: {text: an application}}
	EOF
	expect 0 '' create r.yaml --key "$a.priv.pem" -o "$1"
}
library library.suit "$d" 'a library'
library another.suit "$d" 'another library'
product in.suit library.suit ''
product by-uri.suit library.suit ', uri: "https://x/l"'
uri=https://x/l

# ---- one that is integrated --------------------------------------------------
both="-k $a.pub.pem -k $d.pub.pem"
# shellcheck disable=SC2086
{
expect 0 '^depends   library-manifest: manifest library-manifest, sequence 4' \
	verify $both in.suit
expect 0 '^payload   matches' verify $both in.suit
expect 0 'distributor.pub.pem' verify $both in.suit
expect 0 '"dependencies":\[{"name":"library-manifest","looked_at":true' \
	verify --json $both in.suit
}
# its signer counts as much as the root's
expect 1 'in.suit: dependency library-manifest: unknown-key' \
	verify -k "$a.pub.pem" in.suit
expect 1 'unknown-key' verify --json -k "$a.pub.pem" in.suit
# what stands in the place of the one that is meant
sed 's/a library/A library/' in.suit >flipped.suit
# shellcheck disable=SC2086
expect 1 'flipped.suit: image-digest' verify $both flipped.suit
/usr/bin/python3 -B - in.suit another.suit >swapped.suit <<'EOF'
import cbor2, sys
a, b = (open(f, "rb").read() for f in sys.argv[1:])
outer = cbor2.loads(a)
key = [k for k in outer.value if isinstance(k, str) and
       outer.value[k][:2] == b"\xd8\x6b"][0]
outer.value[key] = b
sys.stdout.buffer.write(cbor2.dumps(outer))
EOF
# shellcheck disable=SC2086
expect 1 'dependency library-manifest: manifest-digest.*what stands under its URI' \
	verify $both swapped.suit
expect 0 'told below, as it stands in this envelope' explain in.suit
expect 0 'Take lib/common from the dependency' explain in.suit
expect 0 '!not looked at' lint in.suit

# ---- one that is not here ----------------------------------------------------
expect 0 "^depends   library-manifest: not here; from $uri; NOT looked at" \
	verify -k "$a.pub.pem" by-uri.suit
expect 0 "^payload   not here; from $uri" verify -k "$a.pub.pem" by-uri.suit
expect 0 "\"looked_at\":false,\"uri\":\"$uri\"" \
	verify --json -k "$a.pub.pem" by-uri.suit
expect 0 'not here, so nothing is told of it' explain by-uri.suit
expect 0 'not looked at: library-manifest' lint by-uri.suit
expect 0 '"not_looked_at":\["library-manifest"\]' lint --json by-uri.suit
expect 1 '--dependency FILE' run -k "$a.pub.pem" by-uri.suit

# ---- and handed in -----------------------------------------------------------
# shellcheck disable=SC2086
for how in "--dependency library.suit" "-p $uri=library.suit"; do
	expect 0 '^depends   library-manifest: manifest library-manifest' \
		verify $both $how by-uri.suit
	expect 0 '^payload   matches' verify $both $how by-uri.suit
	expect 1 'library.suit: dependency library-manifest: unknown-key' \
		verify -k "$a.pub.pem" $how by-uri.suit
done
# shellcheck disable=SC2086
{
expect 0 'NOT looked at' verify $both -d another.suit by-uri.suit
expect 1 'image-size.*about library-manifest' \
	verify $both -p $uri=another.suit by-uri.suit
sed 's/a library/A library/' library.suit >worse.suit
expect 1 'image-digest' verify $both -d worse.suit by-uri.suit
expect 0 '"not_looked_at":\[\]' lint --json -d library.suit by-uri.suit
expect 0 'told below, as it stands in library.suit' \
	explain $both -d library.suit by-uri.suit
expect 0 'Signed by .*distributor.pub.pem' \
	explain $both -d library.suit by-uri.suit
expect 0 'Take lib/common from the dependency' \
	explain -d library.suit by-uri.suit
expect 0 '^done' run -q $both --dependency library.suit by-uri.suit
# as what the device has installed, and gives up
expect 0 '^  library-manifest: removed' run -q $both -p uninstall \
	--dependency library.suit -c ta/hello=out \
	-c lib/common=out in.suit
}

# ---- the drafts' own, by the readings they need -------------------------------
td=$v/td1-process.suit
expect 1 'dependency beyond the components' verify -k "$a.pub.pem" "$td"
compat="--compat dependency-beyond-components"
# shellcheck disable=SC2086
{
expect 0 'NOT looked at' verify $compat -k "$a.pub.pem" "$td"
expect 0 'payload   matches' verify $compat -k "$a.pub.pem" \
	-d "$v/td0-dependency.suit" "$td"
expect 1 'dependency: .*about dependent.suit' verify $compat \
	-k "$a.pub.pem" "$v/td2-integrated.suit"
expect 0 'payload   matches' verify $compat -k "$a.pub.pem" \
	--compat dependency-integrity-implied "$v/td2-integrated.suit"
}
expect 1 'missing-field: .*vendor-identifier in the shared' verify \
	--compat shared-checks-demanded -k "$a.pub.pem" "$v/td0-dependency.suit"
expect 0 'digest' verify --compat shared-checks-demanded -k "$a.pub.pem" \
	"$v/m1-download.signed.suit"
expect 2 'no reading' verify --compat none -k "$a.pub.pem" "$td"
expect 1 'not-found' verify -d nothing -k "$a.pub.pem" "$td"
expect 1 'wrong-type' explain -d r.yaml "$td"

echo "$checks checks"
[ $failed -eq 0 ] && [ $checks -ge 40 ]
