import { InvalidRequest, ReceiptInvalid, type SluiceError } from "../../domain/errors.js";
import { afterFailure, dueAfterFailure } from "../../domain/moves/after-failure.js";
import type { Word } from "../../domain/moves/settle.js";
import { type Receipt, receiptParser } from "../../domain/receipt.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import { isTraced } from "../../domain/topic.js";
import { backingOffNow } from "../backing-off.js";
import { writeJournal } from "../journal.js";
import { findSubscription } from "../lookup.js";
import type { Engine } from "../engine.js";
import { answeredAttempts } from "./answered-attempts.js";
import { type LeaseHandle, isAcknowledgement, settleLease } from "./settle-lease.js";

/**
 * How a consumer settles one message. `retry`: hand it out again after `delaySeconds`, at least one; without them, when
 * its subscription's backoff says so. `reject`: no other attempt will do, so it becomes a dead letter at once.
 */
export type Settlement = { readonly receipt: string } & (
  | { readonly outcome: "ack" }
  | { readonly outcome: "retry"; readonly delaySeconds?: number; readonly error?: string }
  | { readonly outcome: "reject"; readonly error?: string }
  | { readonly outcome: "extend"; readonly ackDeadlineSeconds: number }
);

export type SettleResult = { readonly kind: "ok" } | { readonly kind: "failed"; readonly error: SluiceError };

const OK: SettleResult = { kind: "ok" };
const NONE: ReadonlyMap<number, number> = new Map();

/** One request's settlements of one lease, and the position of each in the request. */
interface LeaseWords {
  readonly lease: LeaseHandle;
  readonly words: Map<Offset, Word>;
  readonly indexes: Map<Offset, number[]>;
}

/**
 * Acknowledges, retries, rejects or extends messages that were handed out. Returns one result each, in the order given.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 */
export async function settle(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  settlements: readonly Settlement[],
): Promise<readonly SettleResult[]> {
  const { topic, subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await settleLeases(engine, { topic, subscription }, settlements);
}

export interface SettleOptions {
  /** Tries to end leases of which all is acknowledged by its own means, and returns whether it did. */
  readonly endWholes?: (leaseIds: readonly string[]) => Promise<boolean>;
  /** What the request calls its settlements. @default "results" */
  readonly field?: string;
}

/** Like `settle`, for a consumer that has looked up its subscription already. */
export async function settleLeases(
  engine: Engine,
  { topic, subscription }: Reader,
  settlements: readonly Settlement[],
  { endWholes, field = "results" }: SettleOptions = {},
): Promise<readonly SettleResult[]> {
  const results: SettleResult[] = settlements.map(() => OK);
  const leases = new Map<string, LeaseWords>();
  const receipts = new Map<Settlement, Receipt>();
  const wordOf = wordsAt(engine, subscription);
  const parse = receiptParser(subscription);
  const contradicted = contradictions(settlements);
  settlements.forEach((settlement, index) => {
    const first = contradicted.get(index);
    if (first !== undefined) {
      results[index] = { kind: "failed", error: contradiction(field, index, first) };
      return;
    }
    const receipt = parse(settlement.receipt);
    if ("kind" in receipt) {
      results[index] = { kind: "failed", error: receiptError(receipt.kind, subscription.name) };
      return;
    }
    if (isTraced(topic)) receipts.set(settlement, receipt);
    const { leaseId: id, leaseSize: size, offset } = receipt;
    const known: LeaseWords = leases.get(id) ?? { lease: { id, size }, words: new Map(), indexes: new Map() };
    known.words.set(offset, wordOf(settlement));
    known.indexes.set(offset, [...(known.indexes.get(offset) ?? []), index]);
    leases.set(id, known);
  });
  const wholes = new Set(endWholes ? [...leases.values()].filter(isAllAcknowledged) : []);
  const ending = wholes.size > 0 ? endWholes?.([...wholes].map(({ lease }) => lease.id)) : undefined;
  await Promise.all(
    [...leases.values()].map(async (one) => {
      if (wholes.has(one) && (await ending)) return;
      const { lease, words, indexes } = one;
      const said = await settleLease(engine, { topic, subscription }, lease, words);
      for (const [offset, error] of said)
        for (const index of indexes.get(offset) ?? [])
          results[index] = error ? { kind: "failed", error } : OK;
    }),
  );
  if (!isTraced(topic)) return results;
  const counted = settlements.filter((_, index) => results[index]?.kind === "ok");
  await writeJournal(
    engine,
    { topic, subscription },
    answeredAttempts(counted, receipts, engine.clock.nowMs()),
  );
  return results;
}

const isAllAcknowledged = ({ lease, words }: LeaseWords): boolean =>
  words.size === lease.size && isAcknowledgement(words);

/**
 * For each receipt that is settled in two different ways: the positions of its settlements, each with the first of
 * them.
 */
function contradictions(settlements: readonly Settlement[]): ReadonlyMap<number, number> {
  // Most receipts come once: then their positions and texts are not needed.
  if (new Set(settlements.map(({ receipt }) => receipt)).size === settlements.length) return NONE;
  const places = new Map<string, number[]>();
  settlements.forEach(({ receipt }, index) => {
    const known = places.get(receipt);
    if (known) known.push(index);
    else places.set(receipt, [index]);
  });
  const different = [...places.values()].filter(
    (indexes) =>
      indexes.length > 1 &&
      new Set(indexes.map((index) => textOf(settlements[index] as Settlement))).size > 1,
  );
  return new Map(
    different.flatMap((indexes) => indexes.map((index) => [index, indexes[0] as number] as const)),
  );
}

const textOf = (settlement: Settlement): string =>
  JSON.stringify(Object.entries(settlement).sort(([one], [other]) => (one < other ? -1 : 1)));

const contradiction = (field: string, index: number, first: number): InvalidRequest => {
  const detail =
    index === first
      ? "is settled in another way later in this request: settle each receipt once"
      : `is already settled in another way by ${field}[${first}]: settle each receipt once`;
  return new InvalidRequest([{ path: `${field}[${index}].receipt`, detail }]);
};

/** What the settlements of one request say, all at the same time. */
function wordsAt(engine: Engine, subscription: Subscription): (settlement: Settlement) => Word {
  const backingOff = backingOffNow(engine);
  const { nowMs } = backingOff;
  const dueMs = dueAfterFailure(subscription, backingOff);
  return (settlement) => {
    const { outcome } = settlement;
    if (outcome === "ack") return { kind: "ack" };
    if (outcome === "extend") return { kind: "extend", dueMs: nowMs + settlement.ackDeadlineSeconds * 1_000 };
    const given = settlement.error ? { error: settlement.error } : {};
    if (outcome === "reject") return { kind: "reject", ...given };
    const { delaySeconds } = settlement;
    const why = { maxAttempts: subscription.retry.maxAttempts, ...given };
    if (delaySeconds === undefined) return { kind: "failed", dueMs, blame: "charged", ...why };
    const failure = { kind: "handed-back", delayMs: delaySeconds * 1_000 } as const;
    return { kind: "retry", dueMs: afterFailure(failure, subscription, backingOff).dueMs, ...why };
  };
}

function receiptError(kind: "malformed" | "foreign", subscription: string): ReceiptInvalid {
  return kind === "foreign"
    ? new ReceiptInvalid(`this receipt is from another subscription, not from "${subscription}"`)
    : new ReceiptInvalid("this is not a receipt: pass on the one from receive unchanged");
}
