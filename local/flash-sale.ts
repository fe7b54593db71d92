import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import Table from "cli-table3";
import { BEARS_PER_SECOND, DELIVERING } from "../examples/flash-sale/limits.js";
import type { SaleReport } from "../examples/flash-sale/report.js";
import { runFlashSale } from "../examples/flash-sale/scenario.js";
import type { Deployed, Example } from "./example.js";
import { ROOT, WORK } from "./paths.js";

export const FLASH_SALE: Example = {
  app: "examples/flash-sale/app.ts",
  stack: "SluiceFlashSale",
  orders: 5_000,
  run: async ({ deployment: { apiUrl, endpointUrl }, outputs, orders, say }: Deployed) => {
    const deployed = {
      apiUrl,
      endpointUrl,
      outcomesTable: outputs.OutcomesTableName ?? "",
      backEndTable: outputs.BackEndTableName ?? "",
    };
    const { report, plot } = await runFlashSale(deployed, { orders, say });
    console.log(`\n${reportTable(report)}\n`);
    await mkdir(WORK, { recursive: true });
    const file = join(WORK, "flash-sale.svg");
    await writeFile(file, plot);
    say(`arrivals against deliveries: ${relative(ROOT, file)}`);
    const { lost, refused, told } = report;
    return report.orders === orders && lost === 0 && refused === 0 && told === orders;
  },
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function reportTable(report: SaleReport): string {
  const table = new Table({ style: { head: [], border: [] } });
  const { orders, answeredInMs, answerP50Ms, answerP99Ms, taken, takenInMs, takenPerSecond } = report;
  const { mostInASecond, refused, lost, told } = report;
  table.push(
    ["orders placed, each with an answer", orders],
    ["all of them answered after", seconds(answeredInMs)],
    ["a buyer waits for the answer, p50 / p99", `${answerP50Ms} / ${answerP99Ms} ms`],
    ["rateLimitPerSecond", DELIVERING.rateLimitPerSecond],
    ["taken by the back end", `${taken}, ${takenPerSecond.toFixed(1)} a second`],
    ["all of them taken after", seconds(takenInMs)],
    [`most in any second (it bears ${BEARS_PER_SECOND})`, mostInASecond],
    ["orders that it got too many", refused],
    ["lost", lost],
    ["buyers who were told the outcome", told],
  );
  return table.toString();
}
