import type { Engine } from "../../../lib/operations/engine.js";
import { isNothingDue, mayBeDue, noteDue } from "../../../lib/operations/consume/nothing-due.js";
import { consumerMemory } from "../../../lib/operations/consume/known-cursors.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { bodies, publishEach, publishTogether, receive, retry, withTimedAudit } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";

const BELIEVED_FOR_MS = 200;

/** A consumer that has seen nothing due, its looks for what is due, and another process with one message in hand. */
async function withLooks() {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  const { engine, process, clock } = audit;
  await publishEach(engine, "in hand");
  const inHand = await receive(engine, 1);
  await publishTogether(engine, "first");
  const looks: number[] = [];
  const consumer = process((ports) =>
    portsAround(ports, ({ name }, carryOut) => {
      if (name === "progress.due") looks.push(clock.nowMs());
      return carryOut();
    }),
  );
  expect(bodies(await receive(consumer))).toEqual(["first"]);
  expect(looks).toHaveLength(1);
  return { ...audit, consumer, looks, handBack: () => retry(engine, inHand) };
}

describe("GIVEN a look that found nothing due", () => {
  it("WHEN more is received soon THEN no receive of a new message looks again, until a while is over", async () => {
    const { engine, consumer, looks, clock } = await withLooks();
    await clock.advance(BELIEVED_FOR_MS - 1);
    await publishTogether(engine, "second");
    expect(bodies(await receive(consumer))).toEqual(["second"]);
    expect(looks).toHaveLength(1);
    await clock.advance(1);
    await publishTogether(engine, "third");
    expect(bodies(await receive(consumer))).toEqual(["third"]);
    expect(looks).toHaveLength(2);
  });

  it("WHEN something is handed back and nothing is new THEN it is received at once", async () => {
    const { consumer, handBack } = await withLooks();
    await handBack();
    expect(bodies(await receive(consumer))).toEqual(["in hand"]);
  });

  it("WHEN something is handed back and something is new THEN both come once the while is over", async () => {
    const { engine, consumer, handBack, clock } = await withLooks();
    await handBack();
    await publishTogether(engine, "second");
    expect(bodies(await receive(consumer, 1))).toEqual(["second"]);
    await clock.advance(BELIEVED_FOR_MS);
    await publishTogether(engine, "third");
    expect(bodies(await receive(consumer)).sort()).toEqual(["in hand", "third"]);
  });

  it("WHEN a poll waits for news THEN it looks again once the while is over, and before it ends", async () => {
    const { consumer, looks, clock } = await withLooks();
    const polled = receive(consumer, 10, { waitSeconds: 1 });
    await clock.advance(BELIEVED_FOR_MS - 1);
    expect(looks).toHaveLength(1);
    await clock.advance(1_000);
    expect(await polled).toEqual([]);
    const [first = 0, second = 0] = looks;
    expect(second - first).toBeGreaterThanOrEqual(BELIEVED_FOR_MS);
    expect(looks.at(-1)).toBe(first + 1_000);
  });

  it("WHEN its own process hands something back THEN that is received at once, beside what is new", async () => {
    const { engine, consumer } = await withLooks();
    await publishTogether(engine, "second");
    const second = await receive(consumer);
    await publishTogether(engine, "third");
    await retry(consumer, second);
    expect(bodies(await receive(consumer)).sort()).toEqual(["second", "third"]);
  });

  it("WHEN a race is lost THEN the next look is for what the winner left", async () => {
    const { engine, process, consumer, looks } = await withLooks();
    await publishTogether(engine, "second", "third");
    expect(bodies(await receive(process(), 1))).toEqual(["second"]);
    expect(bodies(await receive(consumer, 1))).toEqual(["third"]);
    expect(looks).toHaveLength(2);
  });
});

describe("what is known of what is due", () => {
  const NOW_MS = 1_790_000_000_000;
  async function aMemory() {
    const { engine } = await withTimedAudit();
    const { subscription } = await findSubscription(engine, "orders", "audit");
    const memory = await consumerMemory(engine, subscription);
    const isNothingDueAt = (nowMs: number): boolean =>
      isNothingDue({ ...engine, clock: { ...engine.clock, nowMs: () => nowMs } } satisfies Engine, memory);
    return { memory, isNothingDueAt };
  }

  it("is nothing at first", async () => {
    const { isNothingDueAt } = await aMemory();
    expect(isNothingDueAt(NOW_MS)).toBe(false);
  });

  it("ends with time, and with a clock that was set back", async () => {
    const { memory, isNothingDueAt } = await aMemory();
    noteDue(memory, [], NOW_MS);
    expect(isNothingDueAt(NOW_MS)).toBe(true);
    expect(isNothingDueAt(NOW_MS + BELIEVED_FOR_MS - 1)).toBe(true);
    expect(isNothingDueAt(NOW_MS + BELIEVED_FOR_MS)).toBe(false);
    expect(isNothingDueAt(NOW_MS - 1)).toBe(false);
  });

  it("ends when something may have become due, or a look was lost", async () => {
    const { memory, isNothingDueAt } = await aMemory();
    noteDue(memory, [], NOW_MS);
    mayBeDue(memory);
    expect(isNothingDueAt(NOW_MS)).toBe(false);
    noteDue(memory, [], NOW_MS);
    noteDue(memory, "lost", NOW_MS);
    expect(isNothingDueAt(NOW_MS)).toBe(false);
  });
});
