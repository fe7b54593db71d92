import Table from "cli-table3";
import { isRight } from "../examples/transfer/report.js";
import { type TimedReport, runTransfers } from "../examples/transfer/scenario.js";
import type { Example } from "./example.js";

const ACCOUNTS = 100;
const PUBLISHES = 100;
const GAP_MS = 150;
const EVERY_MS = 1_000;

export const TRANSFER: Example = {
  app: "examples/transfer/app.ts",
  stack: "SluiceTransfer",
  orders: 1_000,
  run: async ({ deployment: { apiUrl, endpointUrl }, outputs, orders, say }) => {
    const deployed = {
      apiUrl,
      endpointUrl,
      bankTable: outputs.BankTableName ?? "",
      inboxTable: outputs.InboxTableName ?? "",
    };
    const options = {
      transfers: orders,
      accounts: ACCOUNTS,
      publishes: PUBLISHES,
      gapMs: GAP_MS,
      everyMs: EVERY_MS,
      say,
    };
    const report = await runTransfers(deployed, options);
    console.log(`\n${reportTable(report)}\n`);
    return isRight(report);
  },
};

const money = (cents: number): string => (cents / 100).toFixed(2);

function reportTable(report: TimedReport): string {
  const table = new Table({ style: { head: [], border: [] } });
  const { transfers, once, moreOften, never, accounts, accountsRight } = report;
  table.push(
    ["transfers", transfers],
    ["carried out once, more often, never", `${once}, ${moreOften}, ${never}`],
    ["sum of all balances before and after", `${money(report.centsBefore)}, ${money(report.centsAfter)}`],
    ["accounts, of which so many have what they should", `${accounts}, ${accountsRight}`],
    ["messages that nobody has acknowledged", report.left],
    ["redeliveries absorbed", report.absorbed],
    ["transfers that a publisher published again, not knowing", report.publishedAgain],
    ["the publisher was killed", report.publisherKilled],
    ["the receiver was down", report.receiverDown],
    ["it stood still", report.stoodStill],
    ["it crashed after a write, before its answer", report.crashed],
    ["it threw before its write", report.threw],
    ["it threw after its write", report.threwAfterWrite],
    ["it was slow, and asked again meanwhile", report.slow],
    ["all of it took", `${(report.tookMs / 1_000).toFixed(1)} s`],
  );
  return table.toString();
}
