import { dispatch } from "../../lib/operations/push/dispatch.js";
import { pump } from "../../lib/operations/push/pump.js";
import type { Engine } from "../../lib/operations/engine.js";
import type { Meter } from "../../local/dynamodb-meter.js";
import { type CallCount, totalOf } from "./call-count.js";
import { type Deployment, MINUTE_MS, publishTo } from "./deployment.js";

export interface Woken {
  readonly calls: ReturnType<CallCount["take"]>;
  readonly total: number;
  readonly reads: number;
  readonly writes: number;
}

/** One message, from its publish until every pump that it wakes has ended. */
export async function wake(
  deployment: Deployment,
  count: CallCount,
  cost: Meter,
  processes: { readonly publisher: Engine; readonly dispatcher: Engine; readonly pump: () => Engine },
): Promise<Woken> {
  const { topic, starter, subscriber, names, clock } = deployment;
  const delivered: string[] = [];
  for (const name of names)
    subscriber.handlers.set(name, async () => {
      delivered.push(name);
      return { kind: "answered", failedIds: new Set() };
    });
  count.take();
  cost.take();
  cost.takeReads();
  const bell = await count.as("publisher", () => publishTo(processes.publisher, topic, 0));
  await count.as("dispatcher", () => dispatch(processes.dispatcher, [bell]));
  for (const ref of starter.startedPumps.splice(0))
    await count.as("pump", () => pump(processes.pump(), ref, { deadlineMs: clock.nowMs() + MINUTE_MS }));
  if (delivered.length !== names.length) throw new Error(`${delivered.length} deliveries of ${names.length}`);
  const calls = count.take();
  return { calls, total: totalOf(calls), reads: cost.takeReads(), writes: cost.take() };
}
