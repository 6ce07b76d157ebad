"""The same work from a terminal: `python -m core VERB`. Progress on stderr, results on stdout, exit 0 or 2."""

import io
import os
import sys

from core.base import asides, errors, files, limits, paths


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; returns the exit status. A fault that a person can act on is one message on stderr."""
    try:
        limits.require_address_space()  # before the first large library is loaded, which would hang
    except errors.SecondLookError as error:
        print(error, file=sys.stderr)
        return 2
    from core.terminal import output, parser  # noqa: PLC0415  (see above)

    said = sys.argv[1:] if arguments is None else arguments
    options = parser.build_parser(__doc__, said).parse_args(said)
    try:
        files.require_home(paths.home_folder())
        asides.sweep_home()
        status: int = options.do(options)
        sys.stdout.flush()  # here, where a reader that has gone can still be noticed
    except errors.SecondLookError as error:
        print(error, file=sys.stderr)
        return output.EXIT_FAULT
    except MemoryError as error:
        print(limits.describe_shortage(error), file=sys.stderr)
        return output.EXIT_FAULT
    except KeyboardInterrupt:
        print("Stopped. What was half made has been removed.", file=sys.stderr)
        return output.EXIT_FAULT
    except BrokenPipeError:  # `... | head` has read enough; what is left must not be flushed into nothing at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return output.EXIT_NO_READER
    return status


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal's encoding lacks must not end the work
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
