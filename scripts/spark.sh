#!/bin/sh
# Gets Java and PySpark for the tests of the Spark engine where that may be done; $1 is the Python that runs
# them. Says so loudly where it may not: half a gigabyte is much to ask of some lines.
set -eu
python="$1"
if ! command -v java >/dev/null && [ -z "${JAVA_HOME:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
then
    apt-get update -qq >/dev/null 2>&1 || true
    apt-get install -qq -y openjdk-17-jre-headless >/dev/null 2>&1 ||
        apt-get install -qq -y default-jre-headless >/dev/null 2>&1 || true
fi
if ! command -v java >/dev/null && [ -z "${JAVA_HOME:-}" ]; then
    echo "=== No Java here and none could be installed: tests of the Spark engine will be SKIPPED ===" >&2
    echo "=== Next: sudo apt-get install openjdk-17-jre-headless ===" >&2
    exit 0
fi
if "$python" -c 'import pandas, pyspark' 2>/dev/null; then exit 0; fi
if ! "$python" -m pip install --quiet --require-hashes -r requirements/spark.lock; then
    echo "=== PySpark could not be installed: tests of the Spark engine will be SKIPPED ===" >&2
    echo "=== Next: $python -m pip install --require-hashes -r requirements/spark.lock ===" >&2
fi
