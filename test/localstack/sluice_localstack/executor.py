"""Runs Lambda functions as `node` processes of this machine, one for each of LocalStack's execution environments."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

BOOTSTRAP = Path(__file__).with_name("bootstrap.mjs")
NODE = os.environ.get("SLUICE_NODE", "node")
INIT_LIMIT_S = 10
RESPONSE_LIMIT_BYTES = 6 * 1024 * 1024 + 100  # as Lambda's own message has it
CHUNK_BYTES = 64 * 1024


class NodeProcess:
    """A `node` with a function's module loaded. Invocations go in by its standard input, answers come by a pipe."""

    def __init__(self, env: dict[str, str], log: int) -> None:
        self.answers, answers_end = os.pipe()
        self.process = subprocess.Popen(
            [NODE, str(BOOTSTRAP), str(answers_end)],
            cwd=env["LAMBDA_TASK_ROOT"],
            env=env,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[answers_end],
        )
        os.close(answers_end)  # or its end would never be seen

    def send(self, invocation: dict) -> None:
        try:
            self.process.stdin.write(json.dumps(invocation).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the missing answer tells

    def answer(self, limit_s: float) -> tuple[str, bytes]:
        """The next line of answers: its kind and its JSON. Raises TimeoutError, or EOFError if the process ended."""
        poll = select.poll()
        poll.register(self.answers, select.POLLIN)
        deadline, line = time.monotonic() + limit_s, bytearray()
        while not line.endswith(b"\n"):
            if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
                raise TimeoutError
            chunk = os.read(self.answers, CHUNK_BYTES)
            if not chunk:
                raise EOFError
            line += chunk
        kind, _, body = bytes(line).rstrip(b"\n").partition(b" ")
        return kind.decode(), body

    def exit_reason(self) -> str:
        code = self.process.wait()
        if code == 0:
            return "Runtime exited without providing a reason"
        status = f"signal: {signal.strsignal(-code).lower()}" if code < 0 else f"exit status {code}"
        return f"Runtime exited with error: {status}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __del__(self) -> None:
        os.close(self.answers)


class NodeExecutor(RuntimeExecutor):
    def start(self, env_vars: dict[str, str]) -> None:
        config = self.function_version.config
        own = config.environment or {}
        kept = {name: str(value) for name, value in env_vars.items() if name in own or name.startswith("AWS_")}
        code = str(config.code.get_unzipped_code_location())
        self.env = {"PATH": os.environ["PATH"], "TZ": ":UTC", **kept}
        self.env |= {"_HANDLER": config.handler, "LAMBDA_TASK_ROOT": code}
        # Without a name, so nobody has to remove it; shared with `node`, so lines of both sides keep their order.
        self.log = tempfile.TemporaryFile(buffering=0)
        self.logged_bytes = 0
        self.node = None
        self.init_error = self.init()

    def init(self) -> bytes | None:
        """Starts a process. What its module threw is the answer to the next invocation, as with Lambda."""
        self.node = NodeProcess(self.env, self.log.fileno())
        try:
            kind, body = self.node.answer(INIT_LIMIT_S)
            return None if kind == "ready" else body
        except EOFError:
            return error("Runtime.ExitError", f"Error: {self.node.exit_reason()}")
        except TimeoutError:
            return error("Sandbox.Timedout", f"Error: the init phase timed out after {INIT_LIMIT_S:.2f} seconds")

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        if self.node is None:
            self.init_error = self.init()
        request_id, started = payload["invoke-id"], time.monotonic()
        self.write(f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n")
        kind, body = ("error", self.init_error) if self.init_error else self.handle(payload)
        if kind == "ended" or self.init_error:
            # Like Lambda, which starts anew after a crash: the next invocation does it.
            self.node.kill()
            self.node, self.init_error = None, None
        duration_ms = (time.monotonic() - started) * 1000
        report = f"Duration: {duration_ms:.2f} ms\tMemory Size: {self.function_version.config.memory_size} MB"
        self.write(f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\t{report}\n")
        return InvocationResult(request_id, body, is_error=kind != "result", logs=self.new_logs())

    def handle(self, payload: dict[str, str]) -> tuple[str, bytes]:
        limit_s = self.function_version.config.timeout
        self.node.send({**payload, "deadlineMs": time.time() * 1000 + limit_s * 1000})
        try:
            kind, body = self.node.answer(limit_s)
        except TimeoutError:
            return self.ended("Sandbox.Timedout", payload, f"Task timed out after {limit_s:.2f} seconds")
        except EOFError:
            return self.ended("Runtime.ExitError", payload, self.node.exit_reason())
        if len(body) > RESPONSE_LIMIT_BYTES:
            text = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
            return "error", error("Function.ResponseSizeTooLarge", text)
        return kind, body

    def ended(self, kind: str, payload: dict[str, str], why: str) -> tuple[str, bytes]:
        text = f"RequestId: {payload['invoke-id']} Error: {why}"
        self.write(f"{text}\n")
        return "ended", error(kind, text)

    def stop(self) -> None:
        if self.node is not None:
            self.node.kill()

    def write(self, text: str) -> None:
        self.log.write(text.encode())

    def new_logs(self) -> str:
        size = os.fstat(self.log.fileno()).st_size
        text = os.pread(self.log.fileno(), size - self.logged_bytes, self.logged_bytes)
        self.logged_bytes = size
        return text.decode(errors="replace")

    def get_logs(self) -> str:
        return os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).decode(errors="replace")

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return ""

    @classmethod
    def prepare_version(cls, function_version) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version) -> None:
        pass


def error(kind: str, text: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()


class NodeExecutorPlugin(RuntimeExecutorPlugin):
    name = "node"

    def load(self, *args, **kwargs) -> type[RuntimeExecutor]:
        return NodeExecutor
