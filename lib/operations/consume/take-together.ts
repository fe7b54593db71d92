import type { Asking, Dealt } from "../../domain/asking.js";
import type { Due } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import { subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { Together } from "../gathering.js";
import { isTrouble } from "../log/troubles.js";
import { memoryBytesFor, messageBytesIn } from "../memory-budget.js";
import { consumerMemory } from "./known-cursors.js";
import { handOut } from "./lease.js";
import { isNothingDue, lookForDueNoted } from "./nothing-due.js";
import { takePartsOf } from "./take-next.js";
import type { Part, Take, Takes } from "./take.js";

/** As many as a cursor keeps leases for. */
const COMPANY_AT_MOST = 8;
/** After this many consecutive lost races the consumers are told that there is nothing for now. */
const ATTEMPTS = 12;
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
  for (let turn = 1; turn <= TURNS_AT_MOST; turn++) {
    const dealt = await engine.takes.join(key, asking, together(engine));
    if (dealt.kind !== "again") return dealt;
  }
  return { kind: "alone" };
}

const together = (engine: Engine): Together<Asking, Dealt> => ({
  count: (waiting) => Math.min(COMPANY_AT_MOST, waiting.length),
  carryOut: async (askings) => {
    const bytes = bytesOf(engine, askings);
    return await engine.budget.receiving(memoryBytesFor(bytes), () => deal(engine, askings, bytes));
  },
});

/** Messages that do not fit into this process's memory are left to the next receive. */
const bytesOf = ({ budget }: Engine, askings: readonly Asking[]): number =>
  Math.min(
    askings.reduce((sum, { maxBytes }) => sum + maxBytes, 0),
    messageBytesIn(budget.limitBytes),
  );

/** One outcome for each, in their order. Those whose consumer has left get nothing. */
async function deal(engine: Engine, askings: readonly Asking[], bytes: number): Promise<readonly Dealt[]> {
  let dealt = new Map<Asking, Dealt>();
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [first, ...others] = askings.filter(({ signal }) => !signal?.aborted);
    if (!first) break;
    const round = await dealOnce(engine, [first, ...others], bytes);
    if (!round) continue;
    dealt = round;
    break;
  }
  return askings.map((asking) => dealt.get(asking) ?? EMPTY);
}

type Company = readonly [Asking, ...Asking[]];

/** undefined after a lost race. */
async function dealOnce(
  engine: Engine,
  company: Company,
  bytes: number,
): Promise<Map<Asking, Dealt> | undefined> {
  const { reader } = company.at(-1) ?? company[0];
  try {
    const memory = await consumerMemory(engine, reader.subscription);
    const isKnown = isNothingDue(engine, memory);
    const due = isKnown ? [] : await lookForDueNoted(engine, reader, memory);
    if (due === "lost" || due.length > 0) return apart(company, due);
    const taken = await takePartsOf(engine, reader, memory, takesOf(company, bytes));
    if (taken.kind === "lost") return undefined;
    if (taken.kind === "taken") return partsFor(company, reader, taken.parts);
    const late = isKnown ? await lookForDueNoted(engine, reader, memory) : [];
    return late === "lost" || late.length > 0 ? apart(company, late) : new Map();
  } catch (error) {
    // A failure of one part must not stop the others: whoever is alone goes through all of them.
    if (!isTrouble(error)) throw error;
    return apart(company, "lost");
  }
}

/** What was found due is for the first of them; the others look anew, since it takes a part of it. */
const apart = (company: Company, due: readonly Due[] | "lost"): Map<Asking, Dealt> =>
  new Map(
    company.map((asking, index): [Asking, Dealt] => [
      asking,
      { kind: "alone", ...(index === 0 && due !== "lost" ? { due } : {}) },
    ]),
  );

function takesOf(company: Company, bytes: number): Takes {
  const share = Math.floor(bytes / company.length);
  const takeOf = ({ maxMessages, maxBytes, sizeOf, leaseMs }: Asking): Take => ({
    maxMessages,
    maxBytes: Math.min(maxBytes, share),
    leaseMs,
    ...(sizeOf ? { sizeOf } : {}),
  });
  const [first, ...others] = company;
  return [takeOf(first), ...others.map(takeOf)];
}

const partsFor = (
  company: Company,
  { subscription }: Reader,
  parts: readonly (Part | undefined)[],
): Map<Asking, Dealt> =>
  new Map(
    company.map((asking, index): [Asking, Dealt] => {
      const part = parts[index];
      if (!part) return [asking, { kind: "again" }];
      const handed = handOut(subscription, part.lease, part.placed);
      return [asking, { kind: "taken", leases: [part.lease], handed }];
    }),
  );
