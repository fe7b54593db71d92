import { laneName } from "../../../lib/domain/lane.js";
import type { AcquireOutcome } from "../../../lib/domain/ports/locks.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { HoldChecker } from "./hold-checker.js";
import type { Logged } from "./partition-log.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** No message overtakes another of its key. */
export class OrderChecker {
  /** By lock: when it was taken last. */
  readonly #takenAtMs = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly places: PlaceChecker,
    readonly holds: HoldChecker,
  ) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port !== "locks" || method !== "acquire" || (outcome as AcquireOutcome).kind !== "acquired") return;
    this.#takenAtMs.set(args[0] as string, this.world.nowMs);
  }

  /** `isPumped`: a pump has it by its own head. What comes by a lease was handed out as that was made. */
  handsOut(
    watched: Watched,
    message: Logged,
    isPumped: boolean,
    inBatch: Pick<ReadonlySet<string>, "has">,
    name: string,
  ): void {
    // Once it is deleted its cursors are purged under whoever is still at work.
    if (message.key === undefined || watched.isDeleted) return;
    if (isPumped) this.holds.handsOut(watched, message, name);
    const { partition } = message;
    const log = this.places.logOf(watched.subscription, partition);
    const start = Math.max(
      this.places.startHead(watched, partition),
      watched.orderedTo.get(message.key) ?? 0,
    );
    // With ordering there is one lane.
    const lane = laneName({ subscription: watched.subscription, lane: 0 });
    let isFront = true;
    for (const other of log.ofKey(message.key, start)) {
      if (other.offset >= message.offset) return;
      const isOver = this.places.isOver(watched, other);
      isFront &&= isOver;
      if (isFront) watched.orderedTo.set(message.key, other.offset + 1);
      // What is sent again goes to the front, also of those that were not done when it died.
      const isExcused = [other.id, message.id].some((id) => watched.redriven.has(id));
      if (
        inBatch.has(other.id) ||
        isExcused ||
        this.places.isPassable(watched, other, this.#takenAtMs.get(lane))
      )
        continue;
      this.world.violation("order", `${name} overtakes ${other.id} (${other.label}) of the same key`);
    }
  }
}
