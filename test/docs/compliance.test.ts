import { Aspects, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { BackupPlan, BackupResource } from "aws-cdk-lib/aws-backup";
import { type IVpc, Vpc } from "aws-cdk-lib/aws-ec2";
import { Key } from "aws-cdk-lib/aws-kms";
import { Bucket, type IBucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from "cdk-nag";
import { FUNCTION_NAMES } from "../../cdk/function-code.js";
import { Sluice } from "../../cdk/sluice.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { anApp } from "../cdk/a-sluice.js";
import { page } from "./pages.js";

const PACKS = [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks];
const FINDING = /^(AwsSolutions|HIPAA\.Security|NIST\.800\.53\.R5|PCI\.DSS\.321)-(\w+)/;
const NAMES: Readonly<Record<string, string>> = {
  "HIPAA.Security": "HIPAA",
  "NIST.800.53.R5": "NIST",
  "PCI.DSS.321": "PCI",
};

/** The packs that find something on the queue's own resources, by rule. */
function found(props: (stack: Stack) => SluiceProps, more?: (stack: Stack, queue: Sluice) => void) {
  const app = anApp();
  const stack = new Stack(app, "Test");
  const queue = new Sluice(stack, "Queue", props(stack));
  queue.addTopic("orders").addPullSubscription("audit");
  more?.(stack, queue);
  for (const Pack of PACKS) Aspects.of(app).add(new Pack());
  const annotations = Annotations.fromStack(stack);
  const all = [
    ...annotations.findError("*", Match.anyValue()),
    ...annotations.findWarning("*", Match.anyValue()),
  ];
  const packs = new Map<string, Set<string>>();
  for (const { id, entry } of all) {
    const [, pack, rule] = FINDING.exec(JSON.stringify(entry.data).slice(1)) ?? [];
    if (pack === undefined || rule === undefined || !id.startsWith("/Test/Queue/")) continue;
    packs.set(rule, (packs.get(rule) ?? new Set()).add(NAMES[pack] ?? pack));
  }
  return packs;
}

const rows = (packs: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] =>
  [...packs].map(([rule, names]) => `${rule}: ${[...names].sort().join(", ")}`).sort();

/** The first two columns of the table under a heading. */
async function tableUnder(heading: string): Promise<readonly string[]> {
  const { text } = await page("docs/compliance.md");
  const [, section = ""] = text.split(`## ${heading}\n`);
  const lines = section.split("\n## ")[0]?.split("\n") ?? [];
  const cells = lines
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return cells.slice(1).map(([, rule, packs]) => `${rule ?? ""}: ${packs ?? ""}`);
}

const reserved = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, { reservedConcurrency: 1 }]));
const withEverySetting = (stack: Stack): SluiceProps => ({
  endpoint: "rest",
  api: { webAclArn: "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/queue/1" },
  encryptionKey: new Key(stack, "Key"),
  bucketAccessLogs: { bucket: new Bucket(stack, "AccessLogs") as IBucket },
  network: { vpc: new Vpc(stack, "Vpc") as IVpc },
  tracing: true,
  functions: reserved,
});
const backedUp = (stack: Stack, { logTable, stateTable, outboxTable }: Sluice): void => {
  const resources = [logTable, stateTable, outboxTable].map(({ tableArn }) =>
    BackupResource.fromArn(tableArn),
  );
  BackupPlan.daily35DayRetention(stack, "Backups").addSelection("Queue", { resources });
};

it("GIVEN a queue as it comes WHEN all packs look at it THEN the page lists what they find", async () => {
  const both = new Map([...found(() => ({})), ...found(() => ({ endpoint: "rest" }))]);
  const listed = [
    ...(await tableUnder("What a setting mends")),
    ...(await tableUnder("What stays, and why")),
  ];
  expect(rows(both)).toEqual([...listed].sort());
});

it("GIVEN every setting of the page WHEN all packs look at it THEN what stays is argued for", async () => {
  const left = found(withEverySetting, backedUp);
  expect(rows(left)).toEqual([...(await tableUnder("What stays, and why"))].sort());
});

it("GIVEN an HTTP API with every setting WHEN all packs look at it THEN nothing is found beside that", async () => {
  const props = (stack: Stack): SluiceProps => ({ ...withEverySetting(stack), endpoint: "http", api: {} });
  const argued = await tableUnder("What stays, and why");
  expect(rows(found(props, backedUp)).filter((row) => !argued.includes(row))).toEqual([]);
});
