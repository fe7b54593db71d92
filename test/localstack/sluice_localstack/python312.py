"""Gives Python 3.12 the two things that LocalStack expects of 3.13. To be imported before any of it."""

import _thread
import threading
import warnings

import typing_extensions

if not hasattr(warnings, "deprecated"):

    class Lock:
        """A class, where 3.12 has a function: LocalStack writes `Lock | None`."""

        def __new__(cls) -> _thread.LockType:
            return _thread.allocate_lock()

    warnings.deprecated = typing_extensions.deprecated
    threading.Lock = Lock
