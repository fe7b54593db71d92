import Table from "cli-table3";
import { type ConfigReport, runConfig } from "../examples/config/scenario.js";
import { SluiceClient } from "../lib/client/index.js";
import type { Example } from "./example.js";

const SERVERS = 20;
const GAP_MS = 50;
const EVERY_MS = 1_000;

export const CONFIG: Example = {
  app: "examples/config/app.ts",
  stack: "SluiceConfig",
  orders: 200,
  run: async ({ deployment: { apiUrl }, orders, say }) => {
    const queue = new SluiceClient({ apiUrl, auth: "none" });
    const options = { changes: orders, servers: SERVERS, gapMs: GAP_MS, everyMs: EVERY_MS, say };
    const report = await runConfig(queue, options);
    console.log(`\n${reportTable(report)}\n`);
    return report.equal === SERVERS;
  },
};

function reportTable(report: ConfigReport): string {
  const table = new Table({ style: { head: [], border: [] } });
  const { servers, changes, settings, fetches, inVain, restarts, crashes, equal, equalAfterMs } = report;
  table.push(
    ["servers", servers],
    ["changes published, of so many settings", `${changes}, ${settings}`],
    ["fetches, of which so many found nothing new", `${fetches}, ${inVain}`],
    ["restarts, of which so many in the midst of a fetch", `${restarts}, ${crashes}`],
    ["a server hears of a change after, p50 / p99", `${report.heardP50Ms} / ${report.heardP99Ms} ms`],
    ["servers with the settings that were published last", equal],
    ["all of them after the last change", `${(equalAfterMs / 1_000).toFixed(1)} s`],
  );
  return table.toString();
}
