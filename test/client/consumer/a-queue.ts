import {
  type ConsumeBatchesOptions,
  type Consumer,
  type ErrorContext,
  type Message,
  type ReceivedMessage,
  SluiceClient,
} from "../../../lib/client/index.js";
import type { BatchHandler, MessageHandler } from "../../../lib/client/index.js";
import { createApp } from "../../../lib/http/app.js";
import { fetchOf } from "../../../lib/http/fetch.js";
import { type Api, anApi } from "../../http/an-api.js";

/** A request of a consumer: `receive` or `settle`, with its body, and when it was sent. */
export interface Sent {
  readonly atMs: number;
  readonly what: string;
  readonly headers: Headers;
  readonly body: {
    readonly maxMessages?: number;
    readonly waitSeconds?: number;
    readonly consumer?: string;
    readonly results?: Words;
    readonly settle?: Words;
  };
}

type Words = readonly {
  readonly receipt: string;
  readonly outcome: string;
  readonly ackDeadlineSeconds?: number;
  readonly error?: string;
}[];

/** What a request settles. */
export const wordsOf = ({ body }: Sent): Words => body.results ?? body.settle ?? [];

/** What becomes of a request: `pass` lets it through; whoever passes it and throws loses the answer. */
export type Wire = (sent: Sent, pass: () => Promise<Response>) => Promise<Response>;

export interface Told extends ErrorContext {
  readonly error: Error;
}

type Options = Partial<ConsumeBatchesOptions>;

/** The API over memory and a client of it, with one clock for both, which the test moves. */
export class Queue {
  readonly api: Api = anApi();
  readonly sent: Sent[] = [];
  readonly errors: Told[] = [];
  readonly client: SluiceClient;
  wire: Wire = (_, pass) => pass();
  readonly #startMs = this.api.clock.nowMs();
  readonly #app = fetchOf(createApp(this.api.engine));

  constructor() {
    this.client = new SluiceClient({
      apiUrl: "https://queue.example",
      auth: "none",
      fetch: (request) => this.#fetch(request),
    });
  }

  /** Milliseconds since the test began. */
  get nowMs(): number {
    return this.api.clock.nowMs() - this.#startMs;
  }

  async publish(...messages: readonly Message[]): Promise<void> {
    await this.client.publish("orders", messages);
  }

  consume(handler: MessageHandler, options: Options = {}): Consumer {
    return this.client.consume("orders", "audit", handler, this.#options(options));
  }

  consumeBatches(handler: BatchHandler, options: Options = {}): Consumer {
    return this.client.consumeBatches("orders", "audit", handler, this.#options(options));
  }

  /** Takes time, or as long as `signal` allows. */
  async work(ms: number, signal?: AbortSignal): Promise<void> {
    await this.api.clock.sleep(ms, signal);
  }

  /** Lets so much time pass, in steps that everybody can follow. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await turns();
    while (this.nowMs < untilMs) {
      await this.api.clock.advance(Math.min(STEP_MS, untilMs - this.nowMs));
      await turns();
    }
  }

  requests(what: "receive" | "settle"): readonly Sent[] {
    return this.sent.filter((one) => one.what === what);
  }

  /** The requests that settle something, be it with a receive. */
  settling(): readonly Sent[] {
    return this.sent.filter((one) => wordsOf(one).length > 0);
  }

  /** The outcomes of all of them, in order. */
  outcomes(): readonly string[] {
    return this.settling().flatMap((one) =>
      wordsOf(one).map(({ outcome, ackDeadlineSeconds }) =>
        outcome === "extend" ? `extend ${ackDeadlineSeconds}` : outcome,
      ),
    );
  }

  async state() {
    return (await this.client.getSubscription("orders", "audit")).state;
  }

  #options(options: Options): Options {
    const { clock } = this.api;
    const timing = {
      nowMs: () => clock.nowMs(),
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
      random: () => 0.5,
    };
    const onError = (error: unknown, context: ErrorContext): void =>
      void this.errors.push({ ...context, error: error as Error });
    return { timing, onError, ...options };
  }

  async #fetch(request: Request): Promise<Response> {
    const what = new URL(request.url).pathname.split("/").at(-1) ?? "";
    if (request.method !== "POST" || !["receive", "settle"].includes(what)) return await this.#app(request);
    const body = JSON.parse(await request.clone().text()) as Sent["body"];
    const sent = { atMs: this.nowMs, what, headers: request.headers, body };
    this.sent.push(sent);
    return await this.wire(sent, () => this.#app(request));
  }
}

const STEP_MS = 50;
const TURNS = 8;

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export async function aQueue(ordering: "none" | "key" = "none"): Promise<Queue> {
  const queue = new Queue();
  await queue.client.putTopic("orders", { ordering, partitions: ordering === "key" ? 1 : 4 });
  await queue.client.putSubscription("orders", "audit");
  return queue;
}

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json({ type: "x", title: "x", status, detail: "why", code }, { status, headers });

export const bodiesOf = (messages: readonly ReceivedMessage[]): readonly unknown[] =>
  messages.map(({ body }) => body);
