import { findSubscription } from "../../../lib/operations/lookup.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import {
  type SubscriptionState,
  subscriptionState,
} from "../../../lib/operations/manage/subscription-state.js";
import { receive, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";

const MINUTE_MS = 60_000;

const stateOf = async (engine: Engine): Promise<SubscriptionState> =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));

describe("GIVEN messages of which every other one lives for a minute, WHEN that is over", () => {
  /** Sixty of them, of which all are leased, and a third was sent back. */
  async function withHandedOut() {
    const deployment = await withAudit({ topic: { partitions: 1 } });
    const { engine, clock } = deployment;
    const expiresAtMs = clock.nowMs() + MINUTE_MS;
    const texts = Array.from({ length: 60 }, (_, at) => aText(`${at}`, at % 2 === 0 ? { expiresAtMs } : {}));
    await publishTexts(engine, "orders", ...texts);
    const leased = await receive(engine, 60, { ackDeadlineSeconds: 300 });
    const back = leased.slice(0, 20).map(({ receipt }) => ({
      receipt,
      outcome: "retry" as const,
      delaySeconds: 600,
    }));
    await settle(engine, "orders", "audit", back);
    expect(await stateOf(engine)).toMatchObject({ inFlight: 40, retrying: 20, expired: 0 });
    clock.advance(MINUTE_MS);
    return { ...deployment, leased };
  }

  it("THEN those under a lease, and those that wait in it, are in `expired` only", async () => {
    const { engine } = await withHandedOut();
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, inFlight: 20, retrying: 10, expired: 30 });
  });

  it("THEN those that wait for a retry of their own are too", async () => {
    const { engine, leased } = await withHandedOut();
    const rest = leased.slice(20).map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    await settle(engine, "orders", "audit", rest);
    expect(await stateOf(engine)).toMatchObject({ inFlight: 0, retrying: 10, expired: 10 });
  });

  it("THEN they are counted once, when they come to be handed out again as well", async () => {
    const { engine, clock } = await withHandedOut();
    clock.advance(5 * MINUTE_MS);
    expect(await receive(engine, 100)).toHaveLength(20);
    expect(await stateOf(engine)).toMatchObject({ inFlight: 20, retrying: 10, expired: 30 });
  });
});
