import { type MemoryClock, memoryClock } from "../../lib/adapters/memory/clock.js";
import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../lib/adapters/memory/telemetry.js";
import { createApp } from "../../lib/http/app.js";
import { fetchOf } from "../../lib/http/fetch.js";
import type { ProblemBody } from "../../lib/http/problem.js";
import type { AppOptions } from "../../lib/http/route.js";
import { type Engine, type Ports, createEngine } from "../../lib/operations/engine.js";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whatever JSON the answer is. */
  readonly body: never;
}

export interface Api {
  readonly engine: Engine;
  readonly storage: MemoryStorage;
  readonly clock: MemoryClock;
  readonly telemetry: MemoryTelemetry;
  /** Sends `body` as JSON, or as it is where it is text or bytes. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The problem that the same is answered with. */
  problem(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ProblemBody>;
}

export interface ApiOptions {
  readonly app?: Partial<AppOptions>;
  readonly replace?: (ports: Ports) => Partial<Ports>;
  /** Who signed its requests. @default nobody checks */
  readonly principal?: string;
}

export const START_MS = Date.UTC(2026, 7, 1);

/** The API over memory, with a clock that the test moves. */
export function anApi({ app: options = {}, replace = () => ({}), principal }: ApiOptions = {}): Api {
  const storage = new MemoryStorage({ limits: dynamoDbItemLimits() });
  const clock = memoryClock(START_MS);
  const telemetry = new MemoryTelemetry();
  const surroundings = { starter: new MemoryStarter(), subscriber: new MemorySubscriber() };
  const ports = memoryPorts(storage, { clock, telemetry, random: seededRandom(4711), ...surroundings });
  const engine = createEngine({ ...ports, ...replace(ports) });
  const app = createApp(engine, options);
  const signed = principal === undefined ? {} : { principal };
  const fetchApp = fetchOf((request) => app({ ...request, ...signed }));
  const send: Api["send"] = async (method, path, body, headers = {}) => {
    const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    const content = isRaw ? body : JSON.stringify(body);
    const type = isRaw ? {} : { "content-type": "application/json" };
    const init = {
      method,
      headers: { ...type, ...headers },
      ...(content === undefined ? {} : { body: content }),
    };
    const response = await fetchApp(new Request(`http://api${path}`, init));
    const text = await response.text();
    const parsed = text === "" ? undefined : (JSON.parse(text) as unknown);
    return { status: response.status, headers: response.headers, text, body: parsed as never };
  };
  const problem: Api["problem"] = async (...request) => {
    const { status, headers, body } = await send(...request);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect((body as ProblemBody).status).toBe(status);
    expect((body as ProblemBody).requestId).toBe(headers.get("sluice-request-id"));
    return body;
  };
  return { engine, storage, clock, telemetry, send, problem };
}

/** An API with topic `orders` and a pull subscription `audit` to it. */
export async function anApiWithTopic(options: ApiOptions = {}, settings: object = {}): Promise<Api> {
  const api = anApi(options);
  await api.send("PUT", ORDERS, settings);
  await api.send("PUT", AUDIT, {});
  return api;
}

export const ORDERS = "/v1/topics/orders";
export const AUDIT = `${ORDERS}/subscriptions/audit`;

/** What an endless poll needs: time that goes on while it sleeps. */
export async function passing<T>(clock: MemoryClock, work: Promise<T>, stepMs = 100): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(stepMs);
  return await finished;
}
