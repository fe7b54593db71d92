import { messages } from "../messages.js";
import type { Deployed } from "./deployment.js";
import { TOPIC } from "./subscribers.js";

/** An emulator on a busy machine lets a call run out of time now and then: a producer would send it again as well. */
const PUBLISH_ATTEMPTS = 5;
const BODIES = 200;

/** Publishes orders of 1 KB, numbered, so that what is lost is known by its number. */
export class Publisher {
  readonly #bodies = messages("orders", BODIES).map(({ body }) => JSON.parse(String(body)) as object);
  #next = 0;
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

  /** The same message past the queue. */
  async publishBare(): Promise<readonly number[]> {
    const { numbers, bodies } = this.#take(1);
    for (const body of bodies) await this.#insist(() => this.deployed.publishBare(body));
    return numbers;
  }

  #take(count: number): { numbers: readonly number[]; bodies: readonly object[] } {
    const numbers = Array.from({ length: count }, () => this.#next++);
    const sentAtMs = Date.now();
    const bodies = numbers.map((number) => ({ ...this.#bodies[number % BODIES], number, sentAtMs }));
    return { numbers, bodies };
  }

  async #insist(call: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await call();
        return;
      } catch (error) {
        if (attempt >= PUBLISH_ATTEMPTS) throw error;
        this.repeated++;
      }
    }
  }
}
