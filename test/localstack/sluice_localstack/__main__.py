"""Runs LocalStack until it is told to stop, or its parent is gone: `python -m sluice_localstack <parent's id>`."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from sluice_localstack import python312  # noqa: F401 (has to come first)

from localstack.logging.setup import setup_logging_from_config
from localstack.runtime import current
from localstack.services.s3 import provider as s3

PARENT_CHECK_S = 0.5


def end(*_: object) -> None:
    # All it knows is in memory or in a temporary folder: nothing is worth the 5 s of an orderly stop.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def end_with_parent(parent: int, folder: str) -> None:
    # A process whose parent was killed gets another one; this is seen on every Unix.
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    subprocess.Popen(["sh", "-c", 'sleep 1; rm -rf "$1"', "sh", folder], start_new_session=True)
    end()


if __name__ == "__main__":
    watch = (int(sys.argv[1]), os.environ["FILESYSTEM_ROOT"])
    threading.Thread(target=end_with_parent, args=watch, daemon=True).start()
    # Its own is the same for every copy: they would delete each other's files, and nobody the last ones.
    s3.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "s3")
    setup_logging_from_config()
    runtime = current.initialize_runtime()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, end)
    runtime.run()
