#!/bin/sh
# Gets Debian's Chromium for the browser tests where that may be done; says so loudly where it may not.
set -eu
if command -v chromium >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    if apt-get update -qq >/dev/null 2>&1 && apt-get install -qq -y chromium >/dev/null 2>&1; then exit 0; fi
fi
echo "=== No Chromium here and none could be installed: browser tests will be SKIPPED ===" >&2
echo "=== Next: sudo apt-get install chromium ===" >&2
