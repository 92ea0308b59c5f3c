#!/bin/sh
# What people get wrong with the suit tool: every command with every file that
# is none of its kind, and options that cannot be meant.  Each message is one
# line, names the file or the option, and says why.
# usage: suit_wrong_test.sh SUIT VECTORS
set -u
suit=$1
v=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
told=0

fail() {
	echo "FAILED: $*" >&2
	failed=1
}

# refused STATUS PATTERN COMMAND...: one line on stderr with the pattern
refused() {
	want=$1
	pattern=$2
	shift 2
	"$suit" "$@" >out 2>err </dev/null
	got=$?
	[ $got -eq "$want" ] || fail "status $got, not $want: $*: $(cat err)"
	[ "$(wc -l <err)" -eq 1 ] || fail "not one line: $*: $(cat err)"
	grep -q -- "$pattern" err || fail "no '$pattern': $*: $(cat err)"
	told=$((told + 1))
}

a=$v/key-es256-author
printf 'Hello, world' >hello
"$suit" create -c ta/hello -p hello -s 1 --vendor example.com --class b \
	-k "$a.priv.pem" -o h.suit || exit 1
"$suit" create -c ta/hello -p hello -s 2 --uri https://x/y \
	-k "$a.priv.pem" -o u.suit || exit 1
"$suit" run -q -k "$a.pub.pem" --report r.cbor h.suit >/dev/null || exit 1

# ---- files that are none --------------------------------------------------
: >empty
head -c 60 h.suit >cut
printf 'key: value\n' >text
mkdir folder
printf '\240' >map
printf '\030\052' >number
cp "$a.pub.pem" pem
"$suit" sign --detached "$v/key-es256-distributor.pub.pem" h.suit -o to-sign ||
	exit 1
for command in recipe sever "extract --list" "attach -p hello -u x" \
	"sign -k $v/key-es256-distributor.priv.pem" "verify -k $a.pub.pem" \
	explain lint "diff h.suit" "run -k $a.pub.pem" "replay h.suit" show; do
	for row in "nothing not-found" "folder system.*directory" \
		"empty truncated.*it is empty" "text wrong-type.*it is text" \
		"pem wrong-type.*PEM" "to-sign wrong-type.*to be signed"; do
		# shellcheck disable=SC2086
		refused 1 "^suit: ${row%% *}: ${row#* }" $command "${row%% *}"
	done
	# shellcheck disable=SC2086
	[ "${command%% *}" = replay ] || refused 1 \
		'^suit: cut: truncated.*offset 4' $command cut
	case ${command%% *} in
	show | recipe) ;; # they say what any CBOR is
	*) for f in map number; do
		# shellcheck disable=SC2086
		refused 1 "^suit: $f: .*-.*: " $command $f
	done ;;
	esac
done
for row in "nothing not-found" "folder system.*directory" \
	"empty there is nothing in it" "text:1:1: there is no field" \
	"cut bad-text.*suit recipe" "map bad-text.*suit recipe"; do
	refused 1 "^suit: ${row%%[ :]*}:.*${row#*[ :]}" create \
		"${row%%[ :]*}" -o x
done
for row in "nothing not-found" "folder system.*directory" \
	"empty there is nothing in it" "text:1:1: there is no field"; do
	refused 1 "^suit: ${row%%[ :]*}:.*${row#*[ :]}" run -d \
		"${row%%[ :]*}" h.suit
done

# ---- keys that are none ---------------------------------------------------
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem \
	2>/dev/null || exit 1
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem ||
	exit 1
openssl pkey -in p384.pem -pubout -out p384.pub || exit 1
openssl genpkey -algorithm X25519 -out x.pem || exit 1
openssl pkey -in x.pem -pubout -out x.pub || exit 1
openssl pkey -in "$a.priv.pem" -aes256 -passout pass:x -out locked.pem || exit 1
for row in "nothing not-found" "folder system" "empty it is empty" \
	"hello a private key in PEM" "rsa.pem neither P-256 nor Ed25519" \
	"p384.pem neither P-256 nor Ed25519" "x.pem neither P-256" \
	"locked.pem locked with a passphrase" "pem give the private one"; do
	refused 1 "^suit: ${row%% *}: .*${row#* }" sign -k "${row%% *}" u.suit
	refused 1 "^suit: ${row%% *}: .*${row#* }" create -c a -p hello -s 1 \
		-k "${row%% *}" -o x
done
for row in "nothing not-found" "folder system" "empty it is empty" \
	"hello a public key in PEM" "p384.pub neither P-256 nor Ed25519" \
	"x.pub is for encryption" "rsa.pem give the public one"; do
	for command in verify run "sign --detached"; do
		key=-k
		[ "$command" = "sign --detached" ] && key=
		# shellcheck disable=SC2086
		refused 1 "^suit: ${row%% *}: .*${row#* }" $command $key \
			"${row%% *}" u.suit
	done
done

# ---- options that cannot be meant ----------------------------------------
c="create -c a -p hello -s 1 -o x"
# shellcheck disable=SC2086
{
	refused 2 '^suit create: --component stands twice' $c -c b
	refused 2 '^suit create: --sequence stands twice' $c -s 2
	refused 2 "^suit create: --uri 'a b' is no URI" $c --uri 'a b'
	refused 2 "^suit create: --uri '' is no URI" $c --uri ''
	refused 2 '^suit create: --reference-uri' $c --reference-uri ''
	refused 2 "^suit create: --vendor 'x' is neither" $c --vendor x
	refused 2 '^suit create: --class needs --vendor' $c --class x
	refused 2 '^suit create: --class is a UUID or' $c --vendor x.y --class ''
}
refused 2 "^suit remove: --component 'a b' is no" remove -c 'a b' -s 1
refused 2 "^suit remove: --sequence '' is no number" remove -c a -s ''
refused 2 '^suit remove: --class needs' remove -c a -s 1 --class b
refused 2 '^suit verify: --threshold 0 is no' verify -k "$a.pub.pem" -t 0 h.suit
refused 1 '^suit: nothing: not-found' verify -k "$a.pub.pem" -p nothing u.suit
refused 1 '^suit: folder: system' verify -k "$a.pub.pem" -p folder u.suit
refused 1 '^suit: nothing: not-found' run -k "$a.pub.pem" -c x=nothing h.suit
refused 1 '^suit: nothing: not-found' run -k "$a.pub.pem" \
	--payload x=nothing h.suit
refused 1 '^suit: hello: no folder' run -k "$a.pub.pem" --into hello h.suit
refused 1 '^suit: h.suit: there is no payload under' sever -u x h.suit
refused 1 '^suit: h.suit: no such member; install, text' sever -m x h.suit
refused 1 '^suit: h.suit: there is a payload already' attach -p hello \
	-u '#payload' h.suit
refused 1 '^suit: hello: 12 octets; a key for --kek' encrypt --kek hello \
	--info i -o x hello
refused 2 '^suit encrypt: --info and -o are one file' encrypt --kek hello \
	--info x -o x hello
refused 1 '^suit: r.cbor: report-replay: reference, it names another' \
	replay u.suit r.cbor
for row in "vendor:3 a UUID or a domain" "components:{a:{file:nothing}} No such" \
	"payloads:{x:nothing} No such" "decrypt:[{key:nothing}] No such" \
	"keys:[nothing] no such thing" "frob:1 no field"; do
	printf '%s\n' "${row%% *}" | sed 's/:/: /g' >device
	refused 1 "^suit: device:1:.*${row#* }" run -d device \
		-k "$a.pub.pem" h.suit
done
[ -e x ] && fail 'a refusal left a file'

# ---- what a rehearsal lacks is said ---------------------------------------
"$suit" remove -c ta/hello -s 3 -k "$a.priv.pem" -o g.suit || exit 1
"$suit" run -q -k "$a.pub.pem" g.suit >out 2>&1
grep -q '^  --component ID=FILE, or ' out || fail "no remedy: $(cat out)"
told=$((told + 1))

echo "$told refusals"
[ $told -gt 170 ] || fail "only $told refusals were looked at"
exit $failed
