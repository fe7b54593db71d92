import Table from "cli-table3";
import { isRight } from "../examples/orders/report.js";
import { type TimedReport, runOrders } from "../examples/orders/scenario.js";
import type { Example } from "./example.js";

const CUSTOMERS = 24;
const AT_ONCE = 4;
const FAULTS = 35;
const MOMENT_MS = 60;

export const ORDERS: Example = {
  app: "examples/orders/app.ts",
  stack: "SluiceOrders",
  orders: 600,
  run: async ({ deployment: { apiUrl, endpointUrl }, outputs, orders, say }) => {
    const deployed = {
      apiUrl,
      endpointUrl,
      shopTable: outputs.ShopTableName ?? "",
      functionName: outputs.PlaceFunctionName ?? "",
    };
    const options = {
      orders,
      customers: CUSTOMERS,
      atOnce: AT_ONCE,
      faults: FAULTS,
      momentMs: MOMENT_MS,
      say,
    };
    const report = await runOrders(deployed, options);
    console.log(`\n${reportTable(report)}\n`);
    return isRight(report);
  },
};

function reportTable(report: TimedReport): string {
  const table = new Table({ style: { head: [], border: [] } });
  const { asked, placed, soldOut, messages, customers, customersInOrder } = report;
  table.push(
    ["orders asked for, placed, rolled back (sold out)", `${asked}, ${placed}, ${soldOut}`],
    ["without an answer, with a wrong one", `${report.unanswered}, ${report.wronglyAnswered}`],
    ["messages in the log", messages],
    ["orders without a message, with several", `${report.withoutMessage}, ${report.withSeveral}`],
    ["messages without their order, of rolled back ones", `${report.withoutOrder}, ${report.ofRolledBack}`],
    ["messages that wait in the outbox, or were refused", report.waiting],
    ["customers, of whom so many have their messages in order", `${customers}, ${customersInOrder}`],
    ["products, of which so many have the right stock", `${report.productsBefore}, ${report.productsRight}`],
    ["the service was killed before its write", report.killedBeforeWrite],
    ["in the middle of a batch", report.killedMidBatch],
    ["after its write, before its answer", report.killedAfterWrite],
    ["at any moment", report.killedAnyMoment],
    ["a request was sent twice at once", report.askedTwice],
    ["the front asked again", report.askedAgain],
    ["orders that an earlier try had placed unheard", report.knownBefore],
    ["all of it took", `${(report.tookMs / 1_000).toFixed(1)} s`],
  );
  return table.toString();
}
