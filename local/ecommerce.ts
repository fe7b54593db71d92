import Table from "cli-table3";
import { CONSUMERS } from "../examples/ecommerce/consumers.js";
import { type ConsumerReport, runScenario } from "../examples/ecommerce/scenario.js";
import { emulatedApiUrl } from "./deploy.js";
import type { Deployed, Example } from "./example.js";
import type { LocalDeployment } from "./local-file.js";

export const ECOMMERCE: Example = {
  app: "examples/ecommerce/app.ts",
  stack: "SluiceEcommerce",
  orders: 200,
  run: async ({ deployment, outputs, stage, orders, say }: Deployed) => {
    const { endpointUrl } = deployment;
    const deployed = {
      endpointUrl,
      orderUrl: `${emulatedApiUrl(endpointUrl, outputs.OrderApiId ?? "", stage)}/orders`,
      tables: Object.fromEntries(CONSUMERS.map((name) => [name, outputs[`${name}TableName`] ?? ""])),
    };
    const reports = await runScenario(deployed, { orders, broken: "points", say });
    console.log(`\n${reportTable(reports)}\n`);
    showWhatToTry(deployment, deployed.orderUrl);
    return reports.every(({ placed, done, lost }) => done === placed && lost === 0);
  },
};

function reportTable(reports: readonly ConsumerReport[]): string {
  const table = new Table({
    head: [
      "consumer",
      "orders placed",
      "done",
      "late (> 5 s)",
      "lost",
      "duplicates absorbed",
      "p50 ms",
      "p99 ms",
    ],
    style: { head: [], border: [] },
  });
  for (const { consumer, placed, done, late, lost, duplicates, p50Ms, p99Ms } of reports) {
    table.push([consumer, placed, done, late, lost, duplicates, p50Ms, p99Ms]);
  }
  return table.toString();
}

function showWhatToTry({ apiUrl, endpointUrl }: LocalDeployment, orderUrl: string): void {
  const json = "-H 'content-type: application/json'";
  const topic = `'${apiUrl}/v1/topics/orders`;
  console.log(`API        ${apiUrl}
Orders     ${orderUrl}
Emulator   ${endpointUrl}   (settings in .sluice/local.json)

Try, in another terminal: publish, receive (audit has kept every order), acknowledge (with the answer's receipt)
  curl -s ${json} ${topic}/messages' -d '{"messages":[{"body":{"orderId":"mine"}}]}'
  curl -s ${json} ${topic}/subscriptions/audit/receive' -d '{"maxMessages":1}'
  curl -s ${json} ${topic}/subscriptions/audit/settle' -d '{"results":[{"receipt":"RECEIPT","outcome":"ack"}]}'
`);
}
