"""Serves MiniStack's application, as its own command does, at about half the processor time for a request.

A publish makes a dozen requests of the emulator before its handlers have it, and one thread answers all of them:
- MiniStack serves by Hypercorn, which parses HTTP in Python. Uvicorn serves the same application.
- MiniStack parses a query's condition anew for each item of the partition. What a text means never changes.
"""

import functools
import os
import resource

import uvicorn
from ministack.app import app
from ministack.services import dynamodb

PARSED_TEXTS = 1_024
GRACE_SECONDS = 1

remember = functools.lru_cache(maxsize=PARSED_TEXTS)
tokens_of = remember(dynamodb._tokenize)
dynamodb._tokenize = lambda text: list(tokens_of(text))
dynamodb._condition_syntax_error = remember(dynamodb._condition_syntax_error)

_, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))

uvicorn.run(
    app,
    host=os.environ["BIND_HOST"],
    port=int(os.environ["GATEWAY_PORT"]),
    access_log=False,
    # The application writes both itself.
    date_header=False,
    server_header=False,
    timeout_keep_alive=75,
    timeout_graceful_shutdown=GRACE_SECONDS,
)
