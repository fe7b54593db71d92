"""LocalStack as a plain process: it ends with the process that started it, and runs Lambda functions with `node`."""

__version__ = "1.0.0"
