import type { Offset } from "../../../lib/domain/slot.js";
import type { StartFrom, Subscription } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { LogChecker } from "./log-checker.js";

/** Two clocks apart, and what was under way: a time is as good as the clocks that were read. */
const SKEW_MS = 250_000;

/** Where the logs of a topic ended when a seek was asked for, by partition. */
export type Ends = ReadonlyMap<number, Offset>;

/** A seek leads where it was told to: to the beginning, behind what was there, to a time or to a message. */
export class SeekChecker {
  constructor(
    private readonly world: World,
    private readonly log: LogChecker,
  ) {}

  ends(topicUid: string): Ends {
    const logs = [...this.log.partitions.values()].filter(({ ref }) => ref.topic.uid === topicUid);
    return new Map(logs.map((log) => [log.ref.partition, log.end]));
  }

  /** `before`: from when it was asked for. */
  sought({ name, topic, startingPlaces: startHeads }: Subscription, to: StartFrom, before: Ends): void {
    for (const [partition, end] of before) {
      const head = startHeads[partition]?.head ?? 0;
      const wrong = this.#wrong({ topic, partition }, to, head, end);
      if (wrong) this.world.violation("start", `${name} sought ${JSON.stringify(to)}: ${wrong}`);
    }
  }

  #wrong(
    ref: { readonly topic: Subscription["topic"]; readonly partition: number },
    to: StartFrom,
    head: Offset,
    end: Offset,
  ): string | undefined {
    const log = this.log.of(ref);
    const place = `partition ${ref.partition} begins at ${head}`;
    if (to === "earliest") {
      const missed = log.between(0, head).some(({ expiresAtMs }) => expiresAtMs > this.world.nowMs + SKEW_MS);
      return missed ? `${place}, behind messages that live` : undefined;
    }
    if (to === "latest") return head < end ? `${place}, and ended at ${end} before` : undefined;
    if ("id" in to) {
      const address = this.log.addressOf(to.id);
      const isThere = address?.partition !== ref.partition || address.offset === head;
      return isThere ? undefined : place;
    }
    const late = log.between(0, head).some(({ atMs }) => atMs > to.timeMs + SKEW_MS);
    const early = log.between(head, end).some(({ atMs }) => atMs < to.timeMs - SKEW_MS);
    return late || early ? `${place}, too ${late ? "late" : "early"}` : undefined;
  }
}
