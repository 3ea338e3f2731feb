"""``relaismq``, also as ``python -m relaismq``: the commands of the Rust program, and ``demo``."""

from __future__ import annotations

import signal
import sys

from . import _demo, _native


def main() -> int:
    """Runs a command; its result is the program's exit status."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["demo"]:
        return _demo.main(arguments[1:])
    # The command ends in order by itself, without a `KeyboardInterrupt` after that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.main(["relaismq", *arguments])


if __name__ == "__main__":
    sys.exit(main())
