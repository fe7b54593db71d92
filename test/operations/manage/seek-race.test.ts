import { seededRandom } from "../../../lib/adapters/memory/random.js";
import type { Lease, Move } from "../../../lib/domain/progress/records.js";
import { parseReceipt } from "../../../lib/domain/receipt.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { ack, bodies, receive, retry, withTimedAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven, portsAround, slow } from "../ports-around.js";
import type { Handed } from "../../../lib/domain/handed.js";

const SEEDS = 12;
const CONSUMERS = 4;
const KEYS = 5;
const SEEKS = 3;
const MINUTE_MS = 60_000;

/** What one receive handed out, and in which epoch. */
interface Seen {
  readonly askedAtMs: number;
  readonly epoch: number | undefined;
  readonly bodies: readonly string[];
}

/** Consumers that receive, and then acknowledge, fail, are late or never heard of again, while an operator seeks. */
async function race(seed: number, ordering: "none" | "key") {
  const { engine, process, clock } = await withTimedAudit(
    { topic: { ordering, partitions: 2 }, subscription: { ackDeadlineSeconds: 5 } },
    seed,
  );
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const chance = seededRandom(seed);
  const all = Array.from({ length: 40 }, (_, n) => `${n}`);
  for (const body of all)
    await publishTexts(engine, "orders", aText(body, { key: `k${Number(body) % KEYS}` }));
  const epochs = new Map<string, number>();
  const seen: Seen[] = [];
  let isOver = false;
  const consume = async (): Promise<void> => {
    const consumer = process((ports) => {
      const noting = portsAround(ports, ({ name, args }, carryOut) => {
        if (name === "progress.move")
          for (const { id, epoch } of (args[1] as Move).put ?? []) epochs.set(id, epoch);
        if (name === "progress.advance")
          for (const { id, epoch } of args[2] as Lease[]) epochs.set(id, epoch);
        return carryOut();
      });
      return slow(clock, chance, { fromMs: 2, belowMs: 400 })({ ...ports, ...noting });
    });
    while (!isOver) {
      const askedAtMs = clock.nowMs();
      const handed = await receive(consumer, 1 + chance.below(6));
      seen.push({
        askedAtMs,
        epoch: epochs.get(leaseIdOf(handed) ?? ""),
        bodies: bodies(handed).map(String),
      });
      if (handed.length === 0) await clock.sleep(2_000);
      await clock.sleep(chance.below(4) === 0 ? chance.below(8_000) : 50);
      const fate = chance.below(8);
      if (fate < 5) await ack(consumer, handed);
      else if (fate < 7) await retry(consumer, handed.slice(chance.below(2)), chance.below(3));
    }
  };
  const consumers = Array.from({ length: CONSUMERS }, consume);
  for (let times = 1; times <= SEEKS; times++) {
    await clock.advance(chance.below(15_000));
    await driven(clock, seek(process(slow(clock, chance)), "orders", "audit", "earliest"));
  }
  const soughtAtMs = clock.nowMs();
  await clock.advance(4 * MINUTE_MS);
  isOver = true;
  await driven(clock, Promise.all(consumers));
  const now = await findSubscription(engine, "orders", "audit");
  const state = await subscriptionState(engine, now);
  return {
    all,
    state,
    replay: seen.filter(({ epoch }) => epoch === SEEKS),
    asked: seen.filter(({ askedAtMs, bodies: some }) => askedAtMs > soughtAtMs && some.length > 0),
  };

  function leaseIdOf([first]: readonly Handed[]): string | undefined {
    const receipt = first && parseReceipt(subscription, first.receipt);
    return receipt && "leaseId" in receipt ? receipt.leaseId : undefined;
  }
}

describe.each(["none", "key"] as const)("with ordering %s", (ordering) => {
  const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);

  it.each(seeds)(
    "a replay hands all out, in order, whatever consumers do meanwhile: seed %i",
    async (seed) => {
      const { all, state, replay, asked } = await race(seed, ordering);
      const first = [...new Set(replay.flatMap((one) => one.bodies))];
      expect(first).toHaveLength(all.length);
      expect(new Set(asked.map(({ epoch }) => epoch))).toEqual(new Set([SEEKS]));
      expect(state).toEqual({
        backlog: 0,
        inFlight: 0,
        retrying: 0,
        expired: 0,
        setAside: 0,
        busyKeys: 0,
        heldKeys: 0,
        deadLetters: 0,
        oldestUnackedAgeMs: 0,
      });
      if (ordering === "none") return;
      for (let key = 0; key < KEYS; key++) {
        const ofKey = first.map(Number).filter((n) => n % KEYS === key);
        expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
      }
    },
  );
});
