#!/bin/bash
# Lists the ids that the behavior specification defines, for spec-ids.txt:
#
#   testdata/spec-ids.sh FOLDER > testdata/spec-ids.txt
#
# FOLDER holds the specification's Markdown. An id is defined where it begins
# a list item or a table row. Tables have a name without a number; the fields
# of table CF-LF are its rows and are cited as CF-LF-01 to CF-LF-33.
set -euo pipefail
export LC_ALL=C
cd "$1"
{
	grep -ohE '^(- |\| )(CF|AG|TV|WF)-[A-Z0-9]+-[0-9]+' -- *.md | grep -oE '(CF|AG|TV|WF)-.*'
	grep -ohE '^Table (CF|AG|TV|WF)-[A-Z0-9]+' -- *.md | cut -d' ' -f2
	printf 'CF-LF-%02d\n' {1..33}
} | sort -u
