#!/bin/sh
# The installed library: what it exports, and whether a stranger's program
# builds against it by pkg-config and by CMake, and runs.
# usage: library_test.sh SOURCE BUILD
set -u
src=$1
build=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
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
	"$@" >"$dir/out" 2>&1
	got=$?
	[ $got -eq "$want" ] || fail "status $got, not $want: $*: $(cat "$dir/out")"
	[ -z "$pattern" ] || grep -q -- "$pattern" "$dir/out" ||
		fail "no '$pattern': $*: $(cat "$dir/out")"
}

stage=$dir/stage
expect 0 libtamarind cmake --install "$build" --prefix "$stage" \
	--component library
lib=$(dirname "$(find "$stage" -name libtamarind.so)")
PKG_CONFIG_PATH=$lib/pkgconfig
LD_LIBRARY_PATH=$lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH

# Names: those of the map, all of them, and no other.
names() {
	sed -n 's/^\t\([a-z0-9_]*\);$/\1/p' "$1" | sort
}
exports() {
	nm -D --defined-only "$1" | sed -n 's/.* [TRDB] \([^@]*\).*/\1/p' | sort
}
for pair in tamarind:packaging/library/tamarind.map \
	tamarind-openssl:packaging/library/tamarind-openssl.map; do
	l=${pair%%:*}
	names "$src/${pair#*:}" >"$dir/map"
	exports "$lib/lib$l.so" >"$dir/have"
	[ -s "$dir/have" ] || fail "lib$l.so exports nothing"
	diff "$dir/map" "$dir/have" >&2 || fail "exports of lib$l.so"
	echo "lib$l.so exports $(wc -l <"$dir/have") names"
	expect 0 "SONAME.*lib$l\.so\.0" readelf -d "$lib/lib$l.so"
done
readelf -d "$lib/libtamarind.so" | grep NEEDED | grep -v libc.so &&
	fail "libtamarind.so needs more than the C library"

# Each public header stands alone.
for h in "$stage"/include/tamarind/*.h; do
	echo "#include <tamarind/$(basename "$h")>" >"$dir/one.c"
	# shellcheck disable=SC2046
	expect 0 '' gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only \
		$(pkg-config --cflags tamarind) "$dir/one.c"
done

# pkg-config: the one line that each example's first comment says.
for e in read-message make-query run-manifest relying-party; do
	# shellcheck disable=SC2046
	expect 0 '' gcc -Wall -Wextra -Werror "$src/examples/$e/main.c" \
		$(pkg-config --cflags --libs tamarind-openssl) -o "$dir/$e"
done

# CMake: the folder as a project of its own, from a copy.
cp -R "$src/examples" "$dir/examples"
expect 0 'written to' cmake -S "$dir/examples" -B "$dir/cmake" \
	-DCMAKE_PREFIX_PATH="$stage"
expect 0 'Built target' cmake --build "$dir/cmake"

v=$src/test/vectors/suit
for bin in "$dir" "$dir/cmake"; do
	expect 0 '^[0-9a-f]\{32\}$' "$bin/relying-party" --challenge
	"$bin/make-query" "$v/key-es256-author.priv.pem" >"$dir/query" ||
		fail "make-query in $bin"
	cat >"$dir/read" <<-READ
		"$bin/read-message" "\$1" <"$dir/query"
	READ
	expect 0 '^QueryRequest, token of 16' sh "$dir/read" \
		"$v/key-es256-author.pub.pem"
	expect 1 'unknown-key' sh "$dir/read" "$v/key-es256-distributor.pub.pem"
	expect 1 'required field is absent' sh "$dir/read" "$v/teep-uri.suit"
	expect 0 '^installed [1-9]' "$bin/run-manifest" \
		"$v/key-teep-signer.pub.pem" "$v/teep-integrated.suit"
	expect 1 'fetch-failed' "$bin/run-manifest" \
		"$v/key-teep-signer.pub.pem" "$v/teep-uri.suit"
	printf x >"$dir/x"
	expect 1 'image-' "$bin/run-manifest" \
		"$v/key-teep-signer.pub.pem" "$v/teep-uri.suit" "$dir/x"
	expect 1 'bad-signature' "$bin/run-manifest" \
		"$v/key-es256-distributor.pub.pem" "$v/teep-integrated.suit"
done
[ $failed = 0 ] && echo "the library and its examples stand"
exit $failed
