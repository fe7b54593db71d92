import { outboxIdOf, outboxItem } from "../../lib/client/index.js";
import { messages } from "../messages.js";
import type { Deployed } from "./deployment.js";
import { LONE, TOPIC } from "./subscribers.js";

/** An emulator on a busy machine lets a call run out of time now and then: a producer would send it again as well. */
const PUBLISH_ATTEMPTS = 5;
const BODIES = 200;

interface Numbered {
  readonly number: number;
  readonly sentAtMs: number;
}

export interface Delayed extends Numbered {
  readonly dueMs: number;
}

/** Publishes orders of 1 KB, numbered, so that what is lost is known by its number. */
export class Publisher {
  readonly #bodies = messages("orders", BODIES).map(({ body }) => JSON.parse(String(body)) as object);
  /** Others than those of a run before on the same emulator, whose deliveries are still there. */
  #next = Date.now();
  /** How often a request was answered with an error and sent again. */
  repeated = 0;

  constructor(private readonly deployed: Deployed) {}

  /** Publishes one batch. @returns its numbers */
  async publish(count: number): Promise<readonly number[]> {
    const { numbers, bodies } = this.#take(count);
    await this.#insist(() =>
      this.deployed.queue.publish(
        TOPIC,
        bodies.map((body) => ({ body })),
      ),
    );
    return numbers;
  }

  /** One message by a transaction of its publisher's own. */
  async publishByOutbox(): Promise<readonly number[]> {
    const { numbers, bodies } = this.#take(1);
    for (const body of bodies) {
      const message = outboxItem(LONE, { body }, { tableName: this.deployed.outboxTable });
      await this.deployed.commit(outboxIdOf(message), message);
    }
    return numbers;
  }

  /** One message that is due later. */
  async publishDelayed(delaySeconds: number): Promise<Delayed> {
    const { numbers, bodies } = this.#take(1);
    const drafts = bodies.map((body) => ({ body, delaySeconds }));
    const { messages: stored } = await this.#insist(() => this.deployed.queue.publish(LONE, drafts));
    const [number, sentAtMs, answer] = [numbers[0], bodies[0]?.sentAtMs, stored[0]];
    if (number === undefined || sentAtMs === undefined || !answer || !("deliverAt" in answer))
      throw new Error("a delayed message has the time when it is due");
    return { number, sentAtMs, dueMs: Date.parse(answer.deliverAt) };
  }

  /** The same message past the queue. */
  async publishBare(): Promise<readonly number[]> {
    const { numbers, bodies } = this.#take(1);
    for (const body of bodies) await this.#insist(() => this.deployed.publishBare(body));
    return numbers;
  }

  #take(count: number): { numbers: readonly number[]; bodies: readonly Numbered[] } {
    const numbers = Array.from({ length: count }, () => this.#next++);
    const sentAtMs = Date.now();
    const bodies = numbers.map((number) => ({ ...this.#bodies[number % BODIES], number, sentAtMs }));
    return { numbers, bodies };
  }

  async #insist<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt >= PUBLISH_ATTEMPTS) throw error;
        this.repeated++;
      }
    }
  }
}
