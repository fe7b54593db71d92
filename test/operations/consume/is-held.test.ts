import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { holderOf } from "../../../lib/operations/consume/is-held.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { type Consumption, ack, receive, retry, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import type { HastyClock } from "../../lambdas/an-engine.js";

const ORDERED = { topic: { ordering: "key", partitions: 1 } } as const;

const publishKeyed = ({ engine }: Consumption<HastyClock>, ...bodies: readonly string[]) =>
  publishTexts(engine, "orders", ...bodies.map((body) => aText(body, { key: "a" })));

/** Whether the one partition of the topic is held, as its stored cursor says. */
async function isPartitionHeld({ engine }: Consumption<HastyClock>): Promise<boolean> {
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const stored = await engine.progress.cursor(subscription, 0);
  return (await holderOf(engine, subscription, cursorIn(subscription, 0, stored))) !== undefined;
}

describe("an ordered partition", () => {
  it("is held by nothing before anything was handed out", async () => {
    const consumption = await withAudit(ORDERED);
    await publishKeyed(consumption, "m0");
    expect(await isPartitionHeld(consumption)).toBe(false);
  });

  it("is held while its lease is out, and free once it is settled", async () => {
    // GIVEN
    const consumption = await withAudit(ORDERED);
    await publishKeyed(consumption, "m0", "m1");
    const handed = await receive(consumption.engine, 1);
    // WHEN, THEN
    expect(await isPartitionHeld(consumption)).toBe(true);
    await ack(consumption.engine, handed);
    expect(await isPartitionHeld(consumption)).toBe(false);
  });

  it("is held by a message that waits for its retry", async () => {
    // GIVEN
    const consumption = await withAudit(ORDERED);
    await publishKeyed(consumption, "m0", "m1");
    // WHEN
    await retry(consumption.engine, await receive(consumption.engine, 1), 600);
    // THEN
    expect(await isPartitionHeld(consumption)).toBe(true);
  });
});
