import type { Asking, Dealt } from "../../domain/asking.js";
import type { Due } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import { type Subscription, subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { Together } from "../gathering.js";
import { isTrouble } from "../log/troubles.js";
import { memoryBytesFor, messageBytesIn } from "../memory-budget.js";
import { finishesKey } from "./finish.js";
import { consumerMemory } from "./known-cursors.js";
import { handOut, takerOf } from "./lease.js";
import { isNothingDue, lookForDueNoted } from "./nothing-due.js";
import { takePartsOf } from "./take-next.js";
import { beginReadAhead } from "./read-ahead.js";
import type { Take, TakenParts } from "./take.js";

/** As many as a cursor keeps leases for. */
const COMPANY_AT_MOST = 8;
/** After this many consecutive lost races the consumers are told that there is nothing for now. */
export const RECEIVE_ATTEMPTS = 12;
/** A slow acknowledgement holds up nobody for longer. */
const WAITS_FOR_ENDS_MS = 25;
/** So often a receive waits for the next turn, if others got what there was. */
const TURNS_AT_MOST = 12;

const EMPTY: Dealt = { kind: "empty" };

/**
 * Takes new messages together with the other receives of this process that ask at the same time: one read and one move
 * of a head for all of them, with a lease for each. While one such take is under way, those that come wait for the
 * next. `alone`: something is due, or the store fails, so each receive has to take by itself.
 */
export async function takeTogether(
  engine: Engine,
  asking: Asking,
): Promise<Exclude<Dealt, { kind: "again" }>> {
  const { subscription } = asking.reader;
  // After a seek the old epoch's receives must not take for the new one's.
  const key = `${subscriptionKey(subscription)}#${subscription.epoch}#${asking.leaseMs}`;
  let hasEnded = false;
  for (let turn = 1; turn <= TURNS_AT_MOST; turn++) {
    const now = hasEnded ? { ...asking, ends: [] } : asking;
    const dealt = await engine.takes.join(key, now, together(engine, subscription));
    hasEnded ||= dealt.hasEnded === true;
    if (dealt.kind !== "again") return hasEnded ? { ...dealt, hasEnded } : dealt;
  }
  return hasEnded ? { kind: "alone", hasEnded } : { kind: "alone" };
}

const together = (engine: Engine, subscription: Subscription): Together<Asking, Dealt> => ({
  after: () => endsUnderWay(engine, subscription),
  count: (waiting) => companyFor(waiting, limitBytesOf(engine)),
  carryOut: async (askings) => {
    const takes = takesOf(askings, limitBytesOf(engine));
    const bytes = [...takes.values()].reduce((sum, { maxBytes }) => sum + maxBytes, 0);
    return await engine.budget.receiving(memoryBytesFor(bytes), () => deal(engine, askings, takes));
  },
});

/**
 * While there is a backlog they wait for the acknowledgements that are under way: whose leases end mostly asks again at
 * once, and comes along. Otherwise two halves of the consumers would take turns, with twice as many calls.
 */
function endsUnderWay(
  { caches, clock, finishes }: Engine,
  subscription: Subscription,
): Promise<void> | undefined {
  const key = subscriptionKey(subscription);
  const memory = caches.consumers.get(key);
  const ended = memory?.hasBacklog ? finishes.round(finishesKey(subscription, memory.partition)) : undefined;
  if (!ended) return undefined;
  const isOver = new AbortController();
  const first = Promise.race([ended, clock.sleep(WAITS_FOR_ENDS_MS, isOver.signal)]);
  return first.finally(() => isOver.abort());
}

/** Messages that do not fit into this process's memory are left to the next receive. */
const limitBytesOf = ({ budget }: Engine): number => messageBytesIn(budget.limitBytes);

/** How many of those that wait go together: as many as memory is there for. One that asks for all of it shares. */
function companyFor(waiting: readonly Asking[], limitBytes: number): number {
  let bytes = 0;
  const end = waiting.slice(0, COMPANY_AT_MOST).findIndex(({ maxBytes }) => {
    bytes += maxBytes < limitBytes ? maxBytes : limitBytes / COMPANY_AT_MOST;
    return bytes > limitBytes;
  });
  return end < 0 ? Math.min(COMPANY_AT_MOST, waiting.length) : Math.max(1, end);
}

function takesOf(askings: readonly Asking[], limitBytes: number): ReadonlyMap<Asking, Take> {
  const shareBytes = Math.floor(limitBytes / askings.length);
  return new Map(
    askings.map((asking): [Asking, Take] => {
      const { maxMessages, maxBytes, sizeOf, leaseMs } = asking;
      const take = { maxMessages, maxBytes: Math.min(maxBytes, shareBytes), leaseMs };
      return [asking, { ...take, ...(sizeOf ? { sizeOf } : {}), ...takerOf(asking) }];
    }),
  );
}

/** One outcome for each, in their order. Those whose consumer has left get nothing. */
async function deal(
  engine: Engine,
  askings: readonly Asking[],
  takes: ReadonlyMap<Asking, Take>,
): Promise<readonly Dealt[]> {
  let dealt: ReadonlyMap<Asking, Dealt> | undefined;
  for (let attempt = 1; attempt <= RECEIVE_ATTEMPTS && !dealt; attempt++) {
    const present = new Map([...takes].filter(([{ signal }]) => !signal?.aborted));
    if (present.size === 0) break;
    // After a lost race they end by themselves: one of them may be gone.
    const ends = attempt === 1 ? [...present.keys()].flatMap(({ ends }) => ends) : [];
    dealt = await dealOnce(engine, present, ends);
  }
  return askings.map((asking) => dealt?.get(asking) ?? EMPTY);
}

/** undefined after a lost race. */
async function dealOnce(
  engine: Engine,
  takes: ReadonlyMap<Asking, Take>,
  ends: readonly string[],
): Promise<ReadonlyMap<Asking, Dealt> | undefined> {
  const askings = [...takes.keys()];
  const [first, ...others] = takes.values();
  const { reader } = askings.at(-1) as Asking;
  try {
    const memory = await consumerMemory(engine, reader.subscription);
    const isKnown = isNothingDue(engine, memory);
    const due = isKnown ? [] : await lookForDueNoted(engine, reader, memory);
    if (due === "lost") return undefined;
    if (due.length > 0) return apart(askings, due);
    const company = { ends, readAhead: beginReadAhead };
    const taken = await takePartsOf(engine, reader, memory, [first as Take, ...others], company);
    if (taken.kind === "lost") return undefined;
    memory.hasBacklog = taken.kind === "taken" && taken.isFull;
    if (taken.kind === "taken") return partsFor(askings, reader, taken);
    const isAnswer = askings.some(({ isPolling }) => !isPolling);
    const late = isKnown && isAnswer ? await lookForDueNoted(engine, reader, memory) : [];
    if (late === "lost") return undefined;
    return late.length > 0 ? apart(askings, late) : new Map();
  } catch (error) {
    // A failure of one part must not stop the others: whoever is alone goes through all of them.
    if (!isTrouble(error)) throw error;
    return apart(askings, undefined);
  }
}

/** What was found due is for the first of them; the others look anew, since it takes a part of it. */
const apart = (askings: readonly Asking[], due: readonly Due[] | undefined): ReadonlyMap<Asking, Dealt> =>
  new Map(
    askings.map((asking, index): [Asking, Dealt] => [
      asking,
      { kind: "alone", ...(index === 0 && due ? { due } : {}) },
    ]),
  );

const partsFor = (
  askings: readonly Asking[],
  { subscription }: Reader,
  { parts, hasEnded }: Extract<TakenParts, { kind: "taken" }>,
): ReadonlyMap<Asking, Dealt> =>
  new Map(
    askings.map((asking, index): [Asking, Dealt] => {
      const ended = hasEnded && asking.ends.length ? { hasEnded } : {};
      const part = parts[index];
      if (!part) return [asking, { kind: "again", ...ended }];
      const handed = handOut(subscription, part.lease, part.placed);
      return [asking, { kind: "taken", leases: [part.lease], handed, ...ended }];
    }),
  );
