"""`python -m engine.verify.main FOLDER`: train a session again from its log, and compare.

It only reads the session: it takes no lock and writes nothing there, so it works on a read-only
folder and beside an engine. It reports its progress on stdout, one JSON object a line
(`engine.storage.verification`); the last one is the verdict.
"""

import argparse
import signal
import sys
from pathlib import Path

from engine.runtime.environment import hold_threads
from engine.storage.errors import EdgeChaosError
from engine.storage.session.session import Session
from engine.storage.verification import Impossible, Message, encode
from engine.verify.recorded_run import RecordedRun


def main(arguments: list[str] | None = None) -> int:
    """Verify the session. Returns the exit status: 0 with a verdict, 1 where there can be none."""
    parser = argparse.ArgumentParser(prog="python -m engine.verify.main", description=__doc__)
    parser.add_argument("session", type=Path, help="the session's folder")
    parser.add_argument("--epochs", type=int, help="the last epoch to compare (default: all)")
    parser.add_argument("--data-dir", default="", help="where the data are now")
    options = parser.parse_args(arguments)
    # Nothing has to be cleaned up, so Ctrl-C may end it anywhere.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        _verify(Session(options.session.absolute()), options.epochs, options.data_dir)
    except BrokenPipeError:
        # The reader is gone; without stdout the interpreter does not try to flush it.
        sys.stdout = None
    except EdgeChaosError as error:
        _print_message(Impossible(text=str(error)))
    except OSError as error:
        _print_message(Impossible(text=f"cannot read {error.filename or 'it'}: {error.strerror}"))
    except Exception as error:  # noqa: BLE001 - the caller must hear of any error
        _print_message(Impossible(text=f"{type(error).__name__}: {error}"))
    else:
        return 0
    return 1


def _verify(session: Session, epochs: int | None, data_dir: str) -> None:
    recording = RecordedRun(session, epochs)
    hold_threads()
    # Torch takes seconds and a gigabyte, so it is imported when there is something to train.
    from engine.verify.retraining import Retraining

    _print_message(Retraining(recording, _print_message, data_dir).verdict())


def _print_message(message: Message) -> None:
    sys.stdout.buffer.write(encode(message))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
