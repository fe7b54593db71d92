import { AwsClient } from "aws4fetch";
import type { z } from "zod";
import type {
  NewMessage,
  PublishAnswer,
  ReceiveAnswer,
  ReceiveBody,
  SettleAnswer,
  Settlement,
} from "../http/contracts/message.js";
import type {
  SubscriptionAnswer,
  SubscriptionBody,
  SubscriptionWithState,
} from "../http/contracts/subscription.js";
import type { TopicAnswer, TopicBody } from "../http/contracts/topic.js";
import type { ProblemBody } from "../http/problem.js";

/** How requests are let in: signed with these credentials (SigV4), or not at all. */
export type Auth =
  | "none"
  | {
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };

export interface SluiceClientOptions {
  /** Where the API is, as the stack's output `ApiUrl` says. */
  readonly apiUrl: string;
  readonly auth: Auth;
  /** How often a request is sent at the most while the answer is 429 or 503, or none comes. @default 4 */
  readonly attempts?: number;
}

/** The API's answer to a request that it could not carry out; `code` is stable. */
export class SluiceProblem extends Error {
  override readonly name = "SluiceProblem";
  constructor(readonly problem: ProblemBody) {
    super(`${problem.code}: ${problem.detail}`);
  }
  get code(): string {
    return this.problem.code;
  }
}

const ATTEMPTS = 4;
const RETRY_FROM_MS = 100;
const RETRY_UP_TO_MS = 5_000;
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);

export type Message = z.input<typeof NewMessage>;
export type SettlementInput = z.input<typeof Settlement>;

/** The HTTPS API, typed. A publish that is repeated after a lost answer can store its messages twice. */
export class SluiceClient {
  readonly #base: string;
  readonly #aws: AwsClient | undefined;
  readonly #attempts: number;

  constructor({ apiUrl, auth, attempts = ATTEMPTS }: SluiceClientOptions) {
    this.#base = apiUrl.replace(/\/+$/, "");
    this.#aws = auth === "none" ? undefined : new AwsClient({ ...auth, service: "execute-api", retries: 0 });
    this.#attempts = attempts;
  }

  async publish(topic: string, messages: readonly Message[]): Promise<z.output<typeof PublishAnswer>> {
    return await this.request("POST", `/v1/topics/${topic}/messages`, { messages });
  }

  async receive(
    topic: string,
    subscription: string,
    options: z.input<typeof ReceiveBody> = {},
  ): Promise<z.output<typeof ReceiveAnswer>["messages"]> {
    const path = `${subscriptionPath(topic, subscription)}/receive`;
    return (await this.request<z.output<typeof ReceiveAnswer>>("POST", path, options)).messages;
  }

  async settle(
    topic: string,
    subscription: string,
    results: readonly SettlementInput[],
  ): Promise<z.output<typeof SettleAnswer>["results"]> {
    const path = `${subscriptionPath(topic, subscription)}/settle`;
    return (await this.request<z.output<typeof SettleAnswer>>("POST", path, { results })).results;
  }

  /** Settles all of these messages as done. */
  async ack(topic: string, subscription: string, messages: readonly { readonly receipt: string }[]) {
    return await this.settle(
      topic,
      subscription,
      messages.map(({ receipt }) => ({ receipt, outcome: "ack" as const })),
    );
  }

  async putTopic(
    topic: string,
    settings: z.input<typeof TopicBody> = {},
  ): Promise<z.output<typeof TopicAnswer>> {
    return await this.request("PUT", `/v1/topics/${topic}`, settings);
  }

  async putSubscription(
    topic: string,
    subscription: string,
    settings: z.input<typeof SubscriptionBody> = {},
  ): Promise<z.output<typeof SubscriptionAnswer>> {
    return await this.request("PUT", subscriptionPath(topic, subscription), settings);
  }

  async getSubscription(
    topic: string,
    subscription: string,
  ): Promise<z.output<typeof SubscriptionWithState>> {
    return await this.request("GET", subscriptionPath(topic, subscription));
  }

  /** Any request of the API: what has no method of its own here. @throws {SluiceProblem} */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#send(method, path, body).catch((error: unknown) => {
        if (attempt >= this.#attempts) throw error;
        return undefined;
      });
      if (response?.ok) return (response.status === 204 ? undefined : await response.json()) as T;
      if (response && (!RETRIED_STATUSES.has(response.status) || attempt >= this.#attempts)) {
        throw new SluiceProblem(await problemIn(response));
      }
      await pause(attempt, response?.headers.get("retry-after"));
    }
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    const init: RequestInit = {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    };
    const url = `${this.#base}${path}`;
    return await (this.#aws ? this.#aws.fetch(url, init) : fetch(url, init));
  }
}

const subscriptionPath = (topic: string, subscription: string): string =>
  `/v1/topics/${topic}/subscriptions/${subscription}`;

/** Doubling, with full jitter, and never sooner than the API asks for. */
async function pause(attempt: number, retryAfter: string | null | undefined): Promise<void> {
  const askedMs = Number(retryAfter ?? 0) * 1_000;
  const ownMs = Math.random() * RETRY_FROM_MS * 2 ** attempt;
  await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_UP_TO_MS, Math.max(askedMs, ownMs))));
}

async function problemIn(response: Response): Promise<ProblemBody> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as ProblemBody;
    if (typeof problem.code === "string") return problem;
  } catch {
    // Not from Sluice: API Gateway, or something in between.
  }
  const { status } = response;
  return {
    type: "about:blank",
    title: "No answer of Sluice's",
    status,
    code: "unexpected-answer",
    detail: text.slice(0, 500),
  };
}
