import type { Handed } from "../../../lib/domain/handed.js";
import type { Due } from "../../../lib/domain/progress/records.js";
import type { World } from "../world.js";
import { type LogChecker, labelOf } from "./log-checker.js";
import type { Logged } from "./partition-log.js";
import type { Watched } from "./watched.js";

/** Of the first producer's messages, every one of so many ends the process that handles it. */
const POISON_EVERY = 11;

export const isPoison = (body: Uint8Array | string): boolean => {
  const [, number] = /^p0-(\d+)/.exec(labelOf(body)) ?? [];
  return number !== undefined && Number(number) % POISON_EVERY === POISON_EVERY - 1;
};

interface Handling {
  readonly message: Handed;
  readonly delivery: { readonly watched: Watched };
}

/**
 * Once with all that its worker had in hand, then in halves of what came with it, then as often as a message is spared
 * that should have been alone. Another poison may end a process that has it in hand.
 */
const SPARED_AT_MOST = 10;

/** Of what ends its workers' processes, and of nothing else, is anybody charged; and it ends by that, soon. */
export class PoisonChecker {
  /** The subscription to whose workers nothing else happens. */
  looksAt: string | undefined;
  readonly #deaths = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly log: LogChecker,
  ) {}

  /** Whether one of these ends the worker that handles them. */
  ends(handlers: readonly Handling[]): boolean {
    const poison = handlers.find(({ message: { body }, delivery: { watched } }) => {
      return watched.subscription.name === this.looksAt && isPoison(body);
    });
    if (poison) this.#ended(poison.delivery.watched, poison.message.id);
    return poison !== undefined;
  }

  #ended({ subscription }: Watched, id: string): void {
    const deaths = (this.#deaths.get(id) ?? 0) + 1;
    this.#deaths.set(id, deaths);
    const most = subscription.retry.maxAttempts + SPARED_AT_MOST;
    if (deaths > most)
      this.world.violation("poison", `${id} ended ${deaths} workers, ${most} are enough to find it`);
  }

  moved({ subscription: { topic, name } }: Watched, put: readonly Due[]): void {
    if (name !== this.looksAt) return;
    for (const { spans, partition } of put)
      for (const { from, to } of spans.filter(({ charged = 0 }) => charged > 0))
        for (const message of this.log.of({ topic, partition }).between(from, to))
          this.#charged(message, "is charged");
  }

  #charged({ id, label }: Logged, what: string): void {
    this.world.count("poison-looked-at");
    if (!isPoison(label)) this.world.violation("neighbour", `${id} (${label}) ${what}, and ended no worker`);
  }

  atTheEnd({ subscription: { topic, name }, dead }: Watched): void {
    if (name !== this.looksAt) return;
    for (const log of this.log.partitions.values()) {
      if (log.ref.topic.uid !== topic.uid) continue;
      for (const message of log.between(0, Infinity)) {
        const { id, label } = message;
        if (dead.has(id)) this.#charged(message, "is a dead letter");
        else if (isPoison(label)) this.world.violation("poison", `${id} (${label}) is no dead letter`);
      }
    }
  }
}
