#!/bin/sh
# Makes the environment: $1 a Python, $2 the folder. Where Debian left ensurepip out, gets it from apt.
set -eu
python="$1"; folder="$2"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Stillwatch needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo missing)." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.12 demo" >&2
    exit 2
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null
    else
        echo "'$python' lacks the venv module. Next: sudo apt-get install python3-venv" >&2
        exit 2
    fi
fi
# One that was broken off, or whose Python has gone, is made anew.
"$folder/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$folder"
