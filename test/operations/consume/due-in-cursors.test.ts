import { findSubscription } from "../../../lib/operations/lookup.js";
import { consumerMemory } from "../../../lib/operations/consume/known-cursors.js";
import { dueInCursors } from "../../../lib/operations/consume/due-in-cursors.js";
import { ack, bodies, publishEach, receive, settleAs, withAudit } from "../a-consumer.js";
import { recording } from "../ports-around.js";

const DEADLINE_MS = 30_000;
const LIMIT = 50;
const ONE = { topic: { partitions: 1 } };

/** A process that remembers the cursors from when "a" was handed out. */
async function remembering() {
  const audit = await withAudit(ONE);
  await publishEach(audit.engine, "a");
  const handed = await receive(audit.engine);
  const calls: string[] = [];
  const engine = audit.process(recording(calls));
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const { cursors } = await consumerMemory(engine, subscription);
  calls.length = 0;
  return { ...audit, handed, calls, due: () => dueInCursors(engine, subscription, cursors, LIMIT) };
}

describe("GIVEN a lease in its cursor", () => {
  it("WHEN it is not due THEN nothing is read", async () => {
    const { due, calls } = await remembering();
    expect([await due(), calls]).toEqual([[], []]);
  });

  it("WHEN it has run out THEN it is due", async () => {
    const { due, clock, handed } = await remembering();
    clock.advance(DEADLINE_MS);
    expect(await due()).toMatchObject([{ isInner: true, spans: [{ from: handed[0]?.offset }] }]);
  });

  it.each([
    ["acknowledged", { outcome: "ack" }],
    ["extended", { outcome: "extend", ackDeadlineSeconds: 60 }],
  ] as const)("WHEN it was %s meanwhile THEN one read tells that it is not due", async (_, outcome) => {
    const { due, clock, handed, engine, calls } = await remembering();
    await settleAs(engine, handed, outcome);
    clock.advance(DEADLINE_MS);
    expect([await due(), await due()]).toEqual([[], []]);
    expect(calls).toEqual(["progress.cursor"]);
  });

  it("WHEN it has run out THEN a receive hands it out once more, in any process", async () => {
    const { clock, process } = await remembering();
    clock.advance(DEADLINE_MS);
    const again = await receive(process());
    expect(again).toMatchObject([{ body: "a", attempt: 2 }]);
    expect(await ack(process(), again)).toEqual(["ok"]);
    clock.advance(DEADLINE_MS);
    expect(bodies(await receive(process()))).toEqual([]);
  });

  it("WHEN more leases are open than a cursor keeps THEN each runs out and comes again", async () => {
    const { engine, clock, process } = await withAudit(ONE);
    const all = Array.from({ length: 7 }, (_, index) => `m${index}`);
    await publishEach(engine, ...all);
    for (let count = 0; count < all.length; count++) await receive(engine, 1);
    clock.advance(DEADLINE_MS);
    const again: unknown[] = [];
    const consumer = process();
    for (let look = 0; look < all.length; look++) again.push(...bodies(await receive(consumer, 1)));
    expect(again.sort()).toEqual(all);
  });

  it("WHEN a part of it is settled THEN the rest keeps its receipts", async () => {
    const { engine, clock, process } = await withAudit(ONE);
    await publishEach(engine, "a", "b", "c");
    const [a, b, c] = await receive(engine, 3);
    expect(await ack(engine, [a])).toEqual(["ok"]);
    expect(await settleAs(process(), [b], { outcome: "retry", delaySeconds: 60 })).toEqual(["ok"]);
    expect(await ack(process(), [c])).toEqual(["ok"]);
    clock.advance(60_000);
    expect(await receive(engine)).toMatchObject([{ body: "b", attempt: 2 }]);
  });
});
