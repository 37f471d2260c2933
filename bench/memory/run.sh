#!/bin/sh
# Prints the peak resident memory of an edge with a 256 MiB cache while 2 GiB
# pass through it, and fails from 512 MiB on. Arguments go to the measuring
# program: bench/memory/run.sh -total 4294967296
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/groundfront" ./cmd/groundfront
go build -o "$dir/memory" ./bench/memory
"$dir/memory" -edge "$dir/groundfront" "$@"
