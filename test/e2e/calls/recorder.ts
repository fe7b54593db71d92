import { appendFileSync } from "node:fs";
import { ClientRequest, type IncomingMessage } from "node:http";
import { type AwsCall, callsOf } from "./aws-call.js";

/** Set when this file is bundled. */
declare const RECORD_FILE: string;

/** A call, and the function that made it: one line of the record. */
export interface RecordedCall extends AwsCall {
  readonly functionName: string;
}

const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? "?";
const known = new Set<string>();

/** Each once for a process, and objects of a kind once: what a policy says of one it says of all. */
function record(call: AwsCall): void {
  const like = `${call.action} ${call.resource.split("/").slice(0, 3).join("/")}`;
  if (known.has(like)) return;
  known.add(like);
  const line: RecordedCall = { functionName, ...call };
  appendFileSync(RECORD_FILE, `${JSON.stringify(line)}\n`);
}

const bodies = new WeakMap<ClientRequest, Buffer[]>();

function keep(request: ClientRequest, chunk: unknown): void {
  const part = typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
  if (part) bodies.set(request, [...(bodies.get(request) ?? []), part]);
}

function answered(request: ClientRequest, { statusCode: status = 0 }: IncomingMessage): void {
  const headers = Object.fromEntries(
    Object.entries(request.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
  const body = Buffer.concat(bodies.get(request) ?? []).toString("utf8");
  callsOf({ method: request.method, path: request.path, headers, body, status }).forEach(record);
}

type Method = (this: ClientRequest, ...args: unknown[]) => unknown;
const own = ClientRequest.prototype as unknown as Record<"end" | "write", Method>;
const { end, write } = own;

own.write = function (...args) {
  keep(this, args[0]);
  return Reflect.apply(write, this, args);
};

own.end = function (...args) {
  keep(this, args[0]);
  this.prependOnceListener("response", (response: IncomingMessage) => answered(this, response));
  return Reflect.apply(end, this, args);
};
