"""Makes the virtual environment that LocalStack runs in: `python prepare.py <folder of the environment>`.

The environment gets its name last, so one that was killed half way is never taken for a whole one. A lock of the
kernel, which ends with its owner, makes a second set-up wait for the first instead of doing the work twice.
"""

import fcntl
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def install(environment: Path) -> None:
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # Compiling everything takes as long as downloading it; Python compiles the third that is used at the first start.
    subprocess.run([*pip, "--no-compile", "--requirement", HERE / "requirements.txt"], check=True)
    # A link to the source, so that a change of the plug-in needs no new set-up.
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", HERE], check=True)


def prepare(environment: Path) -> None:
    environment.parent.mkdir(parents=True, exist_ok=True)
    with open(environment.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (environment / "bin" / "python").exists():
            return
        for left_over in environment.parent.glob("new-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        shutil.rmtree(environment, ignore_errors=True)
        new = Path(tempfile.mkdtemp(prefix="new-", dir=environment.parent))
        install(new)
        new.rename(environment)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]).resolve())
