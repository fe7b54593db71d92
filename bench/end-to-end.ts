import { withDeployment } from "./end-to-end/deployment.js";
import { load } from "./end-to-end/load.js";
import { type Wanted, pace } from "./end-to-end/pace.js";
import { Publisher } from "./end-to-end/publisher.js";
import { PUBLISHERS } from "./end-to-end/subscribers.js";
import { type Row, showGoals } from "./goals.js";
import type { BenchOptions } from "./options.js";
import { keepBusy } from "./measure.js";

/** The first shows what a message takes by itself; the second may be more than the emulator carries. */
const PACES: readonly Wanted[] = [
  { perSecond: 4, p50Ms: 120 },
  { perSecond: 20, p50Ms: 250 },
];
/** In which every function that will be at work at once has its cold start. */
const WARM_UP_MS = 8_000;

export async function runEndToEnd({ endpointUrl }: BenchOptions): Promise<boolean> {
  return await withDeployment(endpointUrl, async (deployed) => {
    const publisher = new Publisher(deployed);
    const warmUps = [() => publisher.publishBare(), () => publisher.publish(1)];
    for (const warmUp of warmUps)
      await keepBusy(PUBLISHERS, WARM_UP_MS / warmUps.length, async () => (await warmUp()).length);
    const rows: Row[] = [];
    // The load comes last: MiniStack's Query walks the whole partition, and gets slower with each slot in it.
    for (const wanted of PACES) rows.push(...(await pace(deployed, publisher, wanted)));
    const holds = showGoals(rows, [
      `single messages of 1 KB, one a request, ${PUBLISHERS} requests in flight at the most, 20 s each`,
      "to the handler: from before the request to the handler's first line, by one clock",
    ]);
    await load(deployed, publisher);
    if (publisher.repeated > 0)
      console.log(`- ${publisher.repeated} requests were answered with an error and sent again`);
    return holds;
  });
}
