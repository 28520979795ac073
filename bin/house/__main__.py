"""`bin/up` and `bin/test` come here with their own name as the first word."""

import signal
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from house import testing, up  # noqa: E402 - the path comes first
from house.steps import SetupError  # noqa: E402


def main() -> int:
    """Exit code of the command; 1 with a sentence on stderr when something is missing."""
    name, *arguments = sys.argv[1:]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, as Ctrl-C does
    try:
        return {"up": up.main, "test": testing.main}[name](arguments)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is done stays; run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
