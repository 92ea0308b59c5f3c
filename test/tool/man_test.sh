#!/bin/bash
# Every manual page can be printed, and speaks of the options that --help
# speaks of, and of the settings that the source knows, and of no others.
# usage: man_test.sh BUILD-DIRECTORY
set -u
cd "$(dirname "$0")/../.."
build=$1
failed=0
pages=0
fault() {
	echo "FAILED: $*"
	failed=1
}

# Long options of a text, one a line.
options() { grep -oE -- '--[a-z][a-z-]+' | sort -u; }
# The words of a page without its markup.
plain() { sed 's/[*\\]//g' "$1"; }

for page in cmd/*/*.scd; do
	name=$(basename "$page" | cut -d. -f1)
	program=$build/cmd/$name/$name
	pages=$((pages + 1))
	scdoc <"$page" >/dev/null || fault "$page cannot be printed"
	help=$("$program" --help) || fault "$name --help ends with $?"
	for word in $(echo "$help" | grep -oE '^  [a-z]+' | sort -u); do
		help="$help
$("$program" "$word" --help 2>/dev/null)"
	done
	"$program" --version | grep -q "^$name [0-9.]*\$" ||
		fault "$name --version"
	for o in $(echo "$help" | options); do
		plain "$page" | grep -q -- "$o" || fault "$page lacks $o"
	done
	# Examples and references name other programs' options.
	for o in $(plain "$page" | sed '/^# EXAMPLES/,$d' |
		grep -E "^(--|-[a-z], )" | options); do
		echo "$help" | grep -q -- "$o" || fault "$name lacks $o of its page"
	done
done

# Settings by the variables that may carry them.
settings() { # SOURCE PAGE PREFIX
	for v in $(grep -oE "\"$3_[A-Z_]+\"" "$1" | tr -d '"' | sort -u); do
		plain "$2" | grep -qiE "$v|\*?${v#"$3"_}" || fault "$2 lacks $v"
	done
	for v in $(plain "$2" | grep -oE "$3_[A-Z_]+" | sort -u); do
		[ "$v" = "$3_NAME" ] || grep -q "\"$v\"" "$1" ||
			fault "$1 lacks $v of its page"
	done
}
settings cmd/tamd/settings.c cmd/tamd/tamd.8.scd TAMD
settings cmd/verifierd/settings.c cmd/verifierd/verifierd.8.scd VERIFIERD
settings cmd/teep-broker/config.c cmd/teep-broker/teep-broker.1.scd TEEP_BROKER

[ $pages -ge 6 ] || fault "only $pages pages"
[ $failed = 0 ] && echo "$pages pages are true"
exit $failed
