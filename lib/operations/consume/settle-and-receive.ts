import type { Handed } from "../../domain/handed.js";
import { bornIn } from "../../domain/progress/inner.js";
import type { Reader } from "../../domain/reader.js";
import { subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "../log/troubles.js";
import { TOPIC_CACHE_MS } from "../lookup.js";
import {
  type ReceiveRequest,
  type WaitingRequest,
  forJournal,
  isPaused,
  readerOf,
  receive,
  receiveWaiting,
  takeFor,
  takeInCompany,
} from "./receive.js";
import { type SettleResult, type Settlement, settleLeases } from "./settle.js";

/** `results`: one of each settlement, in their order. */
export interface SettledAndReceived {
  readonly results: readonly SettleResult[];
  readonly handed: readonly Handed[];
}

/**
 * Settles messages, and receives more. In a backlog, leases that are acknowledged as a whole end with the move of the
 * head that leases what comes next: one write for both (docs/decisions/0070-settled-with-the-next-receive.md).
 * A store that does not answer the receive does not hide what was settled: then nothing is handed out.
 */
export async function settleAndReceive(
  engine: Engine,
  reader: Reader,
  settlements: readonly Settlement[],
  request: ReceiveRequest,
): Promise<SettledAndReceived> {
  const settled = await settleTaking(engine, reader, settlements, request);
  if (settled.handed.length > 0) return settled;
  return await withMore(settled, () => receive(engine, reader, request));
}

/**
 * The same for a pull consumer that waits for messages, unless a settlement failed: it is told that at once.
 * @throws {TopicNotFound} {SubscriptionNotFound} {NotPull}
 */
export async function settleAndReceiveWaiting(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  settlements: readonly Settlement[],
  request: WaitingRequest,
  signal?: AbortSignal,
): Promise<SettledAndReceived> {
  const wait = (waitSeconds: number): Promise<readonly Handed[]> =>
    receiveWaiting(engine, topicName, subscriptionName, { ...request, waitSeconds }, signal);
  if (settlements.length === 0) return { results: [], handed: await wait(request.waitSeconds) };
  const reader = await readerOf(engine, topicName, subscriptionName, TOPIC_CACHE_MS);
  const now = signal ? { ...request, signal } : request;
  const settled = await settleTaking(engine, reader, settlements, now);
  if (settled.handed.length > 0) return settled;
  const hasFailed = settled.results.some(({ kind }) => kind === "failed");
  return await withMore(settled, () => wait(hasFailed ? 0 : request.waitSeconds));
}

/** Settles; hands out only what the same write takes. */
async function settleTaking(
  engine: Engine,
  reader: Reader,
  settlements: readonly Settlement[],
  request: ReceiveRequest,
): Promise<SettledAndReceived> {
  let handed: readonly Handed[] = [];
  const endWholes = async (leaseIds: readonly string[]): Promise<boolean> => {
    if (!mayEndWithMove(engine, reader, leaseIds)) return false;
    const take = takeFor(engine, reader, request);
    const dealt = await takeInCompany(engine, reader, take, request.signal, leaseIds);
    if (dealt.kind === "taken") handed = forJournal(engine, reader, dealt.handed);
    return dealt.hasEnded ?? false;
  };
  const results = await settleLeases(engine, reader, settlements, { endWholes, field: "settle" });
  return { results, handed };
}

async function withMore(
  { results, handed }: SettledAndReceived,
  receiveMore: () => Promise<readonly Handed[]>,
): Promise<SettledAndReceived> {
  try {
    return { results, handed: await receiveMore() };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return { results, handed };
  }
}

/** Whether these leases lie in the cursor that the next move is most likely to be of. */
function mayEndWithMove({ caches }: Engine, reader: Reader, leaseIds: readonly string[]): boolean {
  const memory = caches.consumers.get(subscriptionKey(reader.subscription));
  if (!memory?.hasBacklog || isPaused(reader)) return false;
  return leaseIds.every((id) => bornIn(id) === memory.partition);
}
