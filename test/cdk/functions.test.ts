import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ownFunctions } from "../../lib/aws-engine.js";
import { Template } from "aws-cdk-lib/assertions";
import { App, Size, Stack } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { FUNCTIONS_DIRECTORY_CONTEXT } from "../../cdk/function-code.js";
import type { FunctionsOptions } from "../../cdk/function-options.js";
import { Sluice } from "../../cdk/sluice.js";
import { ROOT } from "../../local/paths.js";
import { aSluice, anApp, statementsOf } from "./a-sluice.js";

const FUNCTIONS = [
  { name: "Api", timeout: 29, memory: 1_024 },
  { name: "Receive", timeout: 29, memory: 256 },
  { name: "Dispatcher", timeout: 60, memory: 256 },
  { name: "Pump", timeout: 900, memory: 512 },
  { name: "Clock", timeout: 120, memory: 256 },
  { name: "Relay", timeout: 60, memory: 512 },
  { name: "Provision", timeout: 360, memory: 256 },
] as const;

interface FunctionProperties {
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Environment: { readonly Variables: Record<string, unknown> };
  readonly FunctionName?: string;
  readonly RecursiveLoop?: string;
  readonly LoggingConfig: { readonly LogGroup: { readonly Ref: string } };
}

function propertiesOf(template: Template, name: string, queue = "Queue"): FunctionProperties {
  const functions = template.findResources("AWS::Lambda::Function") as Record<
    string,
    { Properties: FunctionProperties }
  >;
  const found = Object.entries(functions).find(([id]) => id.startsWith(`${queue}Functions${name}Function`));
  if (!found) throw new Error(`there is no function ${name}`);
  return found[1].Properties;
}

const template = aSluice().template();

it.each(FUNCTIONS)(
  "gives $name its time, memory, runtime and a log of its own",
  ({ name, timeout, memory }) => {
    const properties = propertiesOf(template, name);
    expect(properties).toMatchObject({
      Timeout: timeout,
      MemorySize: memory,
      Runtime: "nodejs22.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
    });
    expect(properties.LoggingConfig.LogGroup.Ref).toContain(`Functions${name}Logs`);
  },
);

it("keeps every log for a month unless told", () => {
  template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
  const props = { logRetention: RetentionDays.ONE_WEEK };
  aSluice(props).template().allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 7 });
});

it("tells every function where its things are", () => {
  const told = aSluice({
    inlineLimit: Size.kibibytes(64),
    uploadLimit: Size.gibibytes(1),
    environment: { AWS_ENDPOINT_URL: "http://x" },
  }).template();
  for (const { name } of FUNCTIONS) {
    expect(Object.keys(propertiesOf(told, name).Environment.Variables).sort()).toEqual([
      "AWS_ENDPOINT_URL",
      "SLUICE_BUCKET",
      "SLUICE_CLOCK_FUNCTION",
      "SLUICE_INLINE_LIMIT_BYTES",
      "SLUICE_LOG_TABLE",
      "SLUICE_METRICS",
      "SLUICE_OUTBOX_TABLE",
      "SLUICE_OWN_FUNCTIONS",
      "SLUICE_PUMP_FUNCTION",
      "SLUICE_QUEUE",
      "SLUICE_STATE_TABLE",
      "SLUICE_UPLOAD_LIMIT_BYTES",
    ]);
  }
  const { Variables } = propertiesOf(told, "Api").Environment;
  expect(Variables["SLUICE_INLINE_LIMIT_BYTES"]).toBe("65536");
  expect(Variables["SLUICE_UPLOAD_LIMIT_BYTES"]).toBe("1073741824");
});

it("lets pump and clock start themselves again and again", () => {
  const allowed = FUNCTIONS.filter(({ name }) => propertiesOf(template, name).RecursiveLoop === "Allow");
  expect(allowed.map(({ name }) => name)).toEqual(["Pump", "Clock"]);
});

it("names pump and clock as their variables say", () => {
  const { SLUICE_PUMP_FUNCTION: pump, SLUICE_CLOCK_FUNCTION: clock } = propertiesOf(template, "Api")
    .Environment.Variables;
  expect(`${propertiesOf(template, "Pump").FunctionName}:live`).toBe(pump);
  expect(`${propertiesOf(template, "Clock").FunctionName}:live`).toBe(clock);
});

it("tells the API the names of all of them, so that no subscription delivers to one of them", () => {
  const names = ["Api", "Receive", "Dispatcher", "Pump", "Clock", "Relay", "Provision"].map(
    (role) => propertiesOf(template, role).FunctionName,
  );
  for (const role of ["Api", "Provision"]) {
    const told = propertiesOf(template, role).Environment.Variables["SLUICE_OWN_FUNCTIONS"];
    expect(ownFunctions({ SLUICE_OWN_FUNCTIONS: String(told) })).toEqual(names);
  }
});

it("keeps the names of two queues apart, and short enough", () => {
  // GIVEN
  const long = "a-stack-with-a-name-that-is-longer-than-anybody-would-want-it-to-be-in-earnest";
  const stack = new Stack(anApp(), long);
  // WHEN
  for (const id of ["One", "Two"]) new Sluice(stack, id);
  // THEN
  const both = Template.fromStack(stack);
  const names = ["One", "Two"].map((id) => propertiesOf(both, "Dispatcher", id).FunctionName ?? "");
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(64);
});

it("says what to do where the bundles are missing", () => {
  const app = new App({ context: { [FUNCTIONS_DIRECTORY_CONTEXT]: "/nowhere" } });
  expect(() => new Sluice(new Stack(app, "Test"), "Queue")).toThrow('run "npm run build" first');
});

describe("memory and reserved concurrency", () => {
  it("are what a deployment sets, by function", () => {
    const sized = aSluice({
      functions: {
        api: { memory: Size.mebibytes(2_048), reservedConcurrency: 50 },
        pump: { reservedConcurrency: 5 },
      },
    }).template();
    expect(propertiesOf(sized, "Api")).toMatchObject({ MemorySize: 2_048, ReservedConcurrentExecutions: 50 });
    expect(propertiesOf(sized, "Pump")).toMatchObject({ MemorySize: 512, ReservedConcurrentExecutions: 5 });
    expect(propertiesOf(sized, "Clock")).not.toHaveProperty("ReservedConcurrentExecutions");
  });

  it("reserve nothing unless told: a new account has ten executions in all", () => {
    for (const { name } of FUNCTIONS)
      expect(propertiesOf(template, name)).not.toHaveProperty("ReservedConcurrentExecutions");
  });

  it.each([
    ["too little memory", { pump: { memory: Size.mebibytes(64) } }, "functions.pump.memory in MB is 64: use"],
    ["too much memory", { api: { memory: Size.gibibytes(11) } }, "functions.api.memory in MB is 11264: use"],
    [
      "no execution at all",
      { clock: { reservedConcurrency: 0 } },
      "functions.clock.reservedConcurrency is 0: use",
    ],
    ["half of one", { pump: { reservedConcurrency: 1.5 } }, "functions.pump.reservedConcurrency is 1.5: use"],
    [
      "what is not a number",
      { pump: { reservedConcurrency: NaN } },
      "functions.pump.reservedConcurrency is NaN: use",
    ],
    ["a function that there is not", { pumps: {} }, "functions.pumps"],
  ] as const)("turns down %s at synthesis", (_, functions, text) => {
    expect(() => aSluice({ functions: functions as FunctionsOptions })).toThrow(text);
  });

  it("are described as they are in docs/capacity.md", async () => {
    const page = await readFile(join(ROOT, "docs", "capacity.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) MB \| (\d+) s \|/gm)];
    const described = rows.map(([, name, memory, timeout]) => ({
      name,
      memory: Number(memory?.replace(",", "")),
      timeout: Number(timeout),
    }));
    expect(described).toEqual(FUNCTIONS.map((one) => ({ ...one, name: one.name.toLowerCase() })));
  });
});

describe("what each may do", () => {
  const isTable = (resource: unknown, table: string) =>
    JSON.stringify(resource).includes(`QueueStorage${table}`);
  const actionsOn = (name: string, holds: (resource: unknown) => boolean) =>
    statementsOf(template, `Functions${name}Role`)
      .filter(({ resources }) => resources.some(holds))
      .flatMap(({ actions }) => actions)
      .filter((action) => !action.startsWith("logs:"))
      .sort();
  const QUERY = "dynamodb:Query";
  const READ = ["dynamodb:GetItem", QUERY];
  const WRITE = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
  const PURGE = "dynamodb:BatchWriteItem";
  const STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];

  it.each([
    ["Api", [QUERY, "dynamodb:PutItem", "dynamodb:UpdateItem"]],
    ["Receive", [QUERY]],
    ["Dispatcher", STREAM],
    ["Pump", [QUERY]],
    ["Clock", [QUERY, "dynamodb:PutItem", "dynamodb:UpdateItem"]],
    ["Relay", [QUERY, "dynamodb:PutItem"]],
    ["Provision", [QUERY]],
  ] as const)("%s on the log", (name, actions) => {
    expect(actionsOn(name, (resource) => isTable(resource, "Log"))).toEqual([...actions].sort());
  });

  it.each([
    ["Api", [...READ, ...WRITE, PURGE]],
    ["Receive", [...READ, ...WRITE]],
    ["Dispatcher", [...READ, "dynamodb:PutItem", "dynamodb:UpdateItem"]],
    ["Pump", [...READ, ...WRITE]],
    ["Clock", [...READ, ...WRITE, PURGE]],
    ["Relay", [...READ, "dynamodb:PutItem", "dynamodb:UpdateItem"]],
    ["Provision", [...READ, ...WRITE, PURGE]],
  ] as const)("%s on the state", (name, actions) => {
    expect(actionsOn(name, (resource) => isTable(resource, "State"))).toEqual([...actions].sort());
  });

  it.each([
    ["Api", ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:PutObjectTagging"]],
    ["Receive", ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]],
    ["Dispatcher", []],
    ["Pump", ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]],
    ["Clock", ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]],
    ["Relay", ["s3:PutObject"]],
    ["Provision", []],
  ] as const)("%s in the bucket", (name, actions) => {
    expect(actionsOn(name, (resource) => isTable(resource, "Segments"))).toEqual(actions);
  });

  it.each([
    ["Api", ["dynamodb:Query", "dynamodb:DeleteItem"]],
    ["Receive", []],
    ["Dispatcher", []],
    ["Pump", []],
    ["Clock", [...READ, "dynamodb:DeleteItem", "dynamodb:Scan"]],
    ["Relay", [...READ, "dynamodb:DeleteItem", ...STREAM]],
    ["Provision", []],
  ] as const)("%s on the outbox", (name, actions) => {
    expect(actionsOn(name, (resource) => isTable(resource, "Outbox"))).toEqual([...actions].sort());
  });

  it.each([
    ["Api", ["Clock", "Pump"]],
    ["Receive", []],
    ["Dispatcher", ["Pump"]],
    ["Pump", ["Clock", "Pump"]],
    ["Clock", ["Clock", "Pump"]],
    ["Relay", []],
    ["Provision", ["Clock", "Pump"]],
  ] as const)("%s starts %j", (name, started) => {
    const invoked = statementsOf(template, `Functions${name}Role`)
      .filter(({ actions }) => actions.includes("lambda:InvokeFunction"))
      .flatMap(({ resources }) =>
        resources.map((resource) => /-(Pump|Clock):live"/.exec(JSON.stringify(resource))?.[1]),
      );
    expect(invoked.sort()).toEqual(started);
  });

  it("no action is a wildcard, and the only resource that is one is that of ListStreams", () => {
    for (const { name } of FUNCTIONS) {
      for (const { actions, resources } of statementsOf(template, `Functions${name}Role`)) {
        expect(actions.filter((action) => action.includes("*"))).toEqual([]);
        if (resources.includes("*")) expect(actions).toEqual(["dynamodb:ListStreams"]);
      }
    }
  });
});
