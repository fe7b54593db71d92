import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SluiceClient } from "../../lib/client/index.js";

/** The most orders in one publish, and publishes under way at once. */
const TOGETHER = 100;
const AT_ONCE = 4;

/** What became of an order, once its back end has it. */
export type OutcomeOf = (orderId: string) => Promise<Readonly<Record<string, unknown>> | undefined>;

interface Waiting {
  readonly body: unknown;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The shop's server. `POST /orders` answers 202 once the queue has stored the order; `GET /orders/{id}` tells what
 * became of it. What comes while a publish is under way goes into the next one, so that a rush takes few publishes.
 */
export class Shop {
  readonly #server: Server;
  readonly #waiting: Waiting[] = [];
  #publishing = 0;

  constructor(
    private readonly queue: Pick<SluiceClient, "publish">,
    private readonly outcomeOf: OutcomeOf,
  ) {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response).catch(() => response.writeHead(503).end());
    });
  }

  /** Orders that wait for a publish to begin. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Returns the shop's URL. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , asked] = (request.url ?? "").split("/");
    if (request.method === "GET" && asked) {
      const outcome = (await this.outcomeOf(asked)) ?? { orderId: asked, outcome: "waiting" };
      return reply(response, 200, outcome);
    }
    const order = JSON.parse(await textOf(request)) as { orderId?: string };
    const { orderId = randomUUID() } = order;
    await this.#place({ ...order, orderId });
    reply(response, 202, { orderId });
  }

  /** Resolves once the order is stored. */
  #place(body: unknown): Promise<void> {
    return new Promise((stored, failed) => {
      this.#waiting.push({ body, stored, failed });
      this.#publish();
    });
  }

  #publish(): void {
    if (this.#publishing >= AT_ONCE || this.#waiting.length === 0) return;
    const orders = this.#waiting.splice(0, TOGETHER);
    this.#publishing++;
    void this.queue
      .publish(
        "orders",
        orders.map(({ body }) => ({ body })),
      )
      .then(
        () => orders.forEach(({ stored }) => stored()),
        (error: unknown) => orders.forEach(({ failed }) => failed(error)),
      )
      .finally(() => {
        this.#publishing--;
        this.#publish();
      });
  }
}

const reply = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
