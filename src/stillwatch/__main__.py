"""The command as a file, for `spark-submit` and for `python -m stillwatch`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Run by its path, the file's own folder comes first, where rooms would be met as modules of their own.
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [place for place in sys.path if place != here]

    from stillwatch.edges.cli import main

    main()
