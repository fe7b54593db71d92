import { type Delivered, type InboxItem, inboxItem, once } from "../../../lib/client/inbox.js";
import type { Effects } from "../checkers/effect-checker.js";
import type { Deployment } from "../deployment.js";

/** What a message does, and where: an item of the same transaction. */
interface Effect {
  readonly subscription: string;
  readonly id: string;
  /** A condition of the consumer's own that fails. */
  readonly isRefused: boolean;
}

interface Reason {
  readonly Code: string;
  readonly Item?: Readonly<Record<string, unknown>>;
}

const NONE: Reason = { Code: "None" };
const FAILED = "ConditionalCheckFailed";
const TIMEOUT_MS = 6_000;
const LANDS_UP_TO_MS = 90_000;

/**
 * A user's own table: consumers write what a message does in a transaction, together with its inbox item. It does what
 * DynamoDB does with conditions, conflicts, lost answers and time to live.
 */
export class Ledger implements Effects {
  readonly #inbox = new Map<string, Readonly<Record<string, string | number>>>();

  constructor(
    private readonly deployment: Deployment,
    /** The longest that the topic keeps its messages. */
    private readonly retentionSeconds: number,
  ) {}

  async carryOut(subscription: string, id: string, delivered: Delivered): Promise<void> {
    const { world, rates } = this.deployment;
    const { retentionSeconds } = this;
    const item = inboxItem(delivered, { tableName: "Inbox", retentionSeconds, nowMs: world.nowMs });
    const effect = { subscription, id, isRefused: world.chance(rates.cancelled) };
    const isFirst = await once(item, () => this.#sent(item, effect));
    world.count(isFirst ? "effect-first" : "effect-absorbed");
  }

  /** The SDK's way: a request whose answer is lost is sent again under the same token, or given up. */
  async #sent(item: InboxItem, effect: Effect): Promise<void> {
    const { world, rates } = this.deployment;
    await world.sleep(world.between(1, 8));
    if (world.chance(rates.conflict)) throw cancelled([{ Code: "TransactionConflict" }, NONE]);
    if (world.chance(rates.lostRequest)) return await this.#unanswered("effect-lost");
    if (world.chance(rates.lateLanding)) {
      world.after(world.between(TIMEOUT_MS, LANDS_UP_TO_MS), () => void this.#applied(item, effect));
      return await this.#unanswered("effect-late");
    }
    const reasons = this.#applied(item, effect);
    // Sent again it is answered as it was the first time.
    if (world.chance(rates.lostAnswer)) return await this.#unanswered("effect-unanswered");
    await world.sleep(world.between(1, 8));
    if (reasons) throw cancelled(reasons);
  }

  async #unanswered(count: string): Promise<never> {
    const { world } = this.deployment;
    world.count(count);
    await world.sleep(world.between(1_000, TIMEOUT_MS));
    throw new Error("no answer");
  }

  /** All or nothing. @returns why nothing, a reason for each item */
  #applied({ Put }: InboxItem, { subscription, id, isRefused }: Effect): readonly Reason[] | undefined {
    const { world, effects } = this.deployment;
    const key = String(Put.Item.id);
    const there = this.#inbox.get(key);
    const isThere = there !== undefined && Number(there.expiresAt) * 1_000 > world.nowMs;
    const isSeen = isThere && Put.ConditionExpression !== "";
    if (isSeen || isRefused)
      return [isSeen ? { Code: FAILED, Item: there } : NONE, isRefused ? { Code: FAILED } : NONE];
    this.#inbox.set(key, Put.Item);
    effects.applied(subscription, id);
    world.note(`ledger ${subscription}`, `${id} takes effect`);
    return undefined;
  }
}

const cancelled = (CancellationReasons: readonly Reason[]): Error =>
  Object.assign(new Error("cancelled"), { name: "TransactionCanceledException", CancellationReasons });
