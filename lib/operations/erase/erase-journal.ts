import { JOURNAL_SHARDS, type JournalEntry, withoutErrors } from "../../domain/journal.js";
import type { Page } from "../../domain/page.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { ErasedInLog } from "./erase-in-log.js";

/** Whoever publishes and whoever delivers have clocks that differ by no more. */
const CLOCKS_APART_MS = 5 * 60_000;
/** About what one read brings. */
const ENTRIES = 1_000;

/**
 * Takes out of a subscription's journal why attempts of the message failed: in their consumer's words, which may repeat
 * its content. That there were attempts, and when, stays. False if time ran out before all was looked through.
 */
export async function eraseInJournal(
  engine: Engine,
  subscription: Subscription,
  message: ErasedInLog,
  untilMs: number,
): Promise<boolean> {
  const shards = Array.from({ length: JOURNAL_SHARDS }, (_, shard) => shard);
  const ended = await Promise.all(
    shards.map((shard) => eraseInShard(engine, { subscription, shard }, message, untilMs)),
  );
  return ended.every(Boolean);
}

async function eraseInShard(
  { journal, clock }: Engine,
  shard: { readonly subscription: Subscription; readonly shard: number },
  { address, publishedAtMs }: ErasedInLog,
  untilMs: number,
): Promise<boolean> {
  let cursor: string | undefined;
  do {
    if (clock.nowMs() >= untilMs) return false;
    const request = { limit: ENTRIES, ...(cursor === undefined ? {} : { cursor }) };
    const page: Page<JournalEntry> = await journal.read(shard, publishedAtMs - CLOCKS_APART_MS, request);
    for (const entry of page.items) {
      const without = withoutErrors(entry, address);
      if (without) await journal.write(shard.subscription, without);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return true;
}
