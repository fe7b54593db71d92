import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { ack, publishTogether, receive, retry, settleAs, withTimedAudit } from "../a-consumer.js";
import { portsAround, recording } from "../ports-around.js";

/** A process that has three leases of one message each, in one cursor. */
async function withThree() {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  await publishTogether(audit.engine, "a", "b", "c");
  const calls: string[] = [];
  const consumer = audit.process(recording(calls));
  const leases = [
    await receive(consumer, 1),
    await receive(consumer, 1),
    await receive(consumer, 1),
  ] as const;
  calls.length = 0;
  return { ...audit, consumer, leases, calls };
}

const ends = (calls: readonly string[]): string[] => calls.filter((name) => name.startsWith("progress."));

it("GIVEN leases of one cursor WHEN they are acknowledged at once THEN they end with one write", async () => {
  const { engine, consumer, leases, calls, clock } = await withThree();
  expect(await Promise.all(leases.map((lease) => ack(consumer, lease)))).toEqual([["ok"], ["ok"], ["ok"]]);
  expect(ends(calls)).toEqual(["progress.finishTogether"]);
  await clock.advance(3_600_000);
  expect(await receive(engine, 10)).toEqual([]);
});

it("GIVEN one of them is over WHEN they are acknowledged at once THEN each is told how its own went", async () => {
  const { engine, consumer, leases } = await withThree();
  const [one, other, last] = leases;
  await retry(engine, other);
  const said = await Promise.all([one, other, last].map((lease) => ack(consumer, lease)));
  expect(said).toEqual([["ok"], ["receipt-expired"], ["ok"]]);
});

it("GIVEN one lease WHEN it is acknowledged twice at once THEN both count", async () => {
  const { consumer, leases, calls } = await withThree();
  const [one] = leases;
  expect(await Promise.all([ack(consumer, one), ack(consumer, one)])).toEqual([["ok"], ["ok"]]);
  expect(ends(calls)).toEqual(["progress.finish"]);
});

it("GIVEN a write under way WHEN others are acknowledged THEN they end together with the next", async () => {
  const { consumer, leases, calls } = await withThree();
  const [one, ...others] = leases;
  const first = ack(consumer, one);
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([first, ...others.map((lease) => ack(consumer, lease))]);
  expect(ends(calls).length).toBeLessThanOrEqual(2);
});

it("GIVEN a store that does not answer WHEN they are acknowledged THEN each hears of it", async () => {
  const { process, leases, clock, engine } = await withThree();
  const consumer = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "progress.finishTogether") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const said = await Promise.allSettled(leases.map((lease) => settleAs(consumer, lease, { outcome: "ack" })));
  expect(said.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  await clock.advance(3_600_000);
  expect(await receive(engine, 10)).toHaveLength(3);
});
