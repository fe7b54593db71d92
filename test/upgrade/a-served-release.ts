import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../local/paths.js";
import type { GatewayResult } from "../../lambdas/api/gateway.js";
import { released, unpackReleased } from "./released.js";

/** One request to the API of a release, and its answer. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answered>;

type Invoke = (event: unknown) => Promise<GatewayResult>;

/** What an HTTP API makes of a request, and of its function's answer. */
export const sendTo =
  (invoke: Invoke): Send =>
  async (method, path, body, headers = {}) => {
    const [rawPath, rawQueryString = ""] = path.split("?");
    const { statusCode, body: text } = await invoke({
      ...{ version: "2.0", rawPath, rawQueryString },
      headers: { "content-type": "application/json", ...headers },
      requestContext: { http: { method, path: rawPath, sourceIp: "192.0.2.1" } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    });
    return { status: statusCode, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  };

export interface ServedRelease {
  readonly send: Send;
  readonly stop: () => void;
}

/** The API of the release before, in a process of its own, as its bundle was published. */
export async function aServedRelease(env: Readonly<Record<string, string>>): Promise<ServedRelease> {
  const folder = await unpackReleased(released());
  const bundle = join(folder, "dist", "functions", "api", "index.mjs");
  const child = fork(join(ROOT, "test", "upgrade", "serve.mjs"), [bundle], {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await new Promise<void>((ready, failed) => {
    child.once("message", () => {
      ready();
    });
    child.once("exit", (code) => {
      failed(new Error(`the release before ended with ${code} as it was loaded`));
    });
  });
  return { send: sendTo(invoking(child)), stop: () => void child.kill() };
}

function invoking(child: ChildProcess): Invoke {
  const waiting = new Map<number, { done: (result: GatewayResult) => void; failed: (why: Error) => void }>();
  let last = 0;
  child.on("message", ({ id, result, error }: { id: number; result: GatewayResult; error?: string }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.done(result);
    else one?.failed(new Error(error));
  });
  child.on("exit", () => {
    for (const { failed } of waiting.values()) failed(new Error("the release before has ended"));
  });
  return (event) =>
    new Promise((done, failed) => {
      waiting.set(++last, { done, failed });
      child.send({ id: last, event });
    });
}
