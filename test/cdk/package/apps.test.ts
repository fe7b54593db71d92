import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type AnApp, aTarball, anApp } from "./an-app.js";

jest.setTimeout(300_000);

const TSC = "typescript/bin/tsc";
const CDK = "aws-cdk/bin/cdk";

let tarball: string;
const apps: AnApp[] = [];
async function made(): Promise<AnApp> {
  const app = await anApp(tarball);
  apps.push(app);
  return app;
}
beforeAll(async () => {
  tarball = await aTarball();
});
afterAll(async () => {
  for (const app of apps) await app.remove();
  await rm(dirname(tarball), { recursive: true });
});

const SHOP = `import * as cdk from 'aws-cdk-lib/core';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { Sluice } from 'sluice-queue/cdk';

export class ShopStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const orders = new Sluice(this, 'Queue').addTopic('orders');
    const code = Code.fromInline('exports.handler = async () => undefined');
    const worker = new Function(this, 'Worker', { code, handler: 'index.handler', runtime: Runtime.NODEJS_22_X });
    orders.subscribe('logistics', worker, { maxConcurrency: 20 });
  }
}
`;

const SHOP_TEST = `import * as cdk from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { SluiceClient } from 'sluice-queue';
import * as Shop from '../lib/shop-stack';

test('the queue is made', () => {
  const stack = new Shop.ShopStack(new cdk.App(), 'MyTestStack');
  const template = Template.fromStack(stack);
  template.resourceCountIs('Custom::SluiceSubscription', 1);
});

test('the client is there', () => {
  const { SLUICE_API_URL = 'http://127.0.0.1:4790' } = process.env;
  expect(new SluiceClient({ apiUrl: SLUICE_API_URL, auth: 'none' })).toBeInstanceOf(SluiceClient);
});
`;

it("GIVEN a fresh app of cdk init WHEN it has a queue THEN jest, tsc and cdk synth take it as it is", async () => {
  // GIVEN
  const app = await made();
  await app.node(CDK, "init", "app", "--language", "typescript", "--generate-only");
  await app.write({ "lib/shop-stack.ts": SHOP, "test/shop.test.ts": SHOP_TEST });
  // WHEN
  const tested = await app.node("jest/bin/jest.js");
  // THEN
  expect(tested).toMatch(/Tests: +2 passed, 2 total/);
  // What its cdk.json calls is tsc, and then the app.
  const synthesized = await app.node(CDK, "synth", "--no-notices");
  expect(synthesized).toMatch(/Type: Custom::SluiceSubscription/);
});

/** Prints what it has of the package. Constructs know each other by being of one copy, however they were loaded. */
const PROGRAM = `import { App, Stack } from "aws-cdk-lib";
import { createRequire } from "node:module";
import { join } from "node:path";
import { SluiceClient, SluiceUsageError, outboxItem } from "sluice-queue";
import { Ordering, Sluice, type SluiceProps } from "sluice-queue/cdk";

const app = new App();
const props: SluiceProps = { endpoint: "http" };
const orders = new Sluice(new Stack(app, "Shop"), "Queue", props).addTopic("orders", { ordering: Ordering.BY_KEY });
orders.addPullSubscription("audit");
const { Resources } = app.synth().getStackByName("Shop").template as { Resources: Record<string, { Type: string }> };
const required = createRequire(join(process.cwd(), "package.json"))("sluice-queue/cdk") as { Sluice: unknown };
const client = new SluiceClient({ apiUrl: "http://127.0.0.1:1", auth: "none" });
void client.publish("a topic", [{ body: 1 }]).catch((error: unknown) => {
  console.log(
    JSON.stringify({
      isUsage: error instanceof SluiceUsageError,
      isOne: required.Sluice === Sluice,
      outbox: typeof outboxItem,
      functions: Object.values(Resources).filter(({ Type }) => Type === "AWS::Lambda::Function").length,
    }),
  );
});
`;

it.each([
  ["commonjs", { module: "commonjs" }, "commonjs"],
  ["node16", { module: "node16" }, "commonjs"],
  ["node16, as ES modules", { module: "node16" }, "module"],
])(
  "GIVEN an app of module kind %s WHEN it is compiled and run THEN both entries are there",
  async (...given) => {
    // GIVEN
    const [, options, type] = given;
    const app = await made();
    await app.write({
      "package.json": JSON.stringify({ name: "shop", private: true, type }),
      "tsconfig.json": JSON.stringify({
        compilerOptions: {
          ...options,
          target: "es2022",
          lib: ["es2022"],
          strict: true,
          esModuleInterop: true,
          outDir: "out",
          types: ["node"],
          skipLibCheck: true,
        },
        include: ["src"],
      }),
      "src/app.ts": PROGRAM,
    });
    // WHEN
    await app.node(TSC);
    const printed = await app.node("out/app.js");
    // THEN
    expect(JSON.parse(printed)).toEqual({ isUsage: true, isOne: true, outbox: "function", functions: 7 });
  },
);

it("GIVEN the command of the package WHEN it is asked for help THEN it runs", async () => {
  const app = await made();
  await app.write({ "package.json": "{}" });
  expect(await app.node("sluice-queue/dist/cli/main.js", "--help")).toMatch(/publish/);
});
