import type { Handed } from "../../../lib/domain/handed.js";
import type { Due } from "../../../lib/domain/progress/records.js";
import { spanAt } from "../../../lib/domain/progress/spans.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { OperatorSettlement } from "../../../lib/operations/manage/settle-message.js";
import type { World } from "../world.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** A pump that owns a head notices at its next commit that an operator moved it. */
const NOTICED_MS = 60_000;

/** A word that is under way: of which life and epoch it may be. */
export interface OperatorWord {
  readonly watched: Watched;
  readonly epoch: number;
  readonly id: string;
  readonly outcome: OperatorSettlement["outcome"];
}

/** An operator's word holds once it was answered, whoever has the message; of two words on it, one counts. */
export class OperatorChecker {
  constructor(
    private readonly world: World,
    private readonly places: PlaceChecker,
    private readonly deliveries: { excusePumps(untilMs: number): void },
  ) {}

  /** Before it is sent: from then on it may go through, also behind a seek. */
  says(
    subscription: Subscription,
    id: string,
    outcome: OperatorSettlement["outcome"],
  ): OperatorWord | undefined {
    const watched = this.places.of(subscription);
    if (!watched) return undefined;
    watched.operated.add(id);
    if (outcome === "ack") watched.ended.add(id);
    if (outcome === "reject") watched.rejected.add(id);
    // It keeps its place in its partition, but its consumer does not know of it.
    if (outcome === "retry") {
      watched.redriven.add(id);
      watched.doomed.delete(id);
    }
    this.#excuse(watched);
    return { watched, epoch: watched.subscription.epoch, id, outcome };
  }

  /** It was answered that it went through. */
  told({ watched, epoch, id, outcome }: OperatorWord): void {
    this.#excuse(watched);
    this.world.count(`operator-${outcome}`);
    if (outcome === "retry" || watched.subscription.epoch !== epoch || watched.isDeleted) return;
    if (watched.settled.has(id))
      this.world.violation("word", `an operator settled ${id}, which its consumer had acknowledged`);
    watched.ruled.add(id);
    if (outcome === "ack") watched.settled.add(id);
  }

  /** What it had delivered comes again, or is delivered from its memory, until it notices. */
  #excuse({ subscription: { target } }: Watched): void {
    if (target.type !== "pull") this.deliveries.excusePumps(this.world.nowMs + NOTICED_MS);
  }
}

/** Whether a settled message must not come: a pump may still have it in memory as an operator settles it. */
export const mustNotCome = ({ settled, ruled }: Watched, id: string, epoch: number | undefined): boolean =>
  settled.has(id) && !(epoch === undefined && ruled.has(id));

/** A consumer was told that its acknowledgement went through: then no operator was told so of the same message. */
export function settledByConsumer(
  world: World,
  {
    watched,
    epochs,
  }: { readonly watched: Watched; readonly epochs: ReadonlyMap<string, number | undefined> },
  ids: readonly string[],
): void {
  const { settled, ruled, subscription } = watched;
  for (const id of ids.filter((one) => epochs.get(one) === subscription.epoch)) {
    if (ruled.has(id)) world.violation("word", `${id} was acknowledged, which an operator had settled`);
    if (!watched.replayed.has(id)) settled.add(id);
  }
}

/** The epoch of a message that was not in its lease any more as it arrived: nothing that is said of it counts. */
export const GONE = -1;

/** The epoch of a message by its lease, from which an operator may have taken it. */
export const epochIn = (lease: Due | undefined, { offset }: Pick<Handed, "offset">): number =>
  lease && spanAt(lease.spans, offset) ? lease.epoch : GONE;
