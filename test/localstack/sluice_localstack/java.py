"""Stands in for the Java that LocalStack would download: `python -m sluice_localstack.java <real java> <arguments>`."""

import ctypes
import os
import signal
import sys
import tempfile

PR_SET_PDEATHSIG = 1  # linux/prctl.h

if __name__ == "__main__":
    if sys.platform == "linux":
        # DynamoDB Local would outlive a LocalStack that is killed.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    java, *arguments = sys.argv[1:]
    # Java asks no `TMPDIR`, and both a library that DynamoDB Local unpacks and Java's own statistics outlive a kill.
    options = [f"-Djava.io.tmpdir={tempfile.gettempdir()}", "-XX:-UsePerfData"]
    # LocalStack's agent only lifts a limit on indexes, and would have to be downloaded.
    options += [argument for argument in arguments if not argument.startswith("-javaagent:")]
    os.execv(java, [java, *options])
