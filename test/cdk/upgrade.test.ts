import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import * as now from "../../cdk/index.js";
import { aStack } from "../upgrade/a-stack.js";
import { type TemplateJson, released } from "../upgrade/released.js";
import { anApp } from "./a-sluice.js";

/**
 * What holds messages, and what others know by its name or address: CloudFormation would make it anew under another
 * logical id, or after a change of one of these properties.
 */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  "AWS::DynamoDB::Table": ["TableName", "KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes"],
  "AWS::S3::Bucket": ["BucketName", "ObjectLockEnabled"],
  "AWS::KMS::Key": ["KeySpec", "KeyUsage", "MultiRegion"],
  "AWS::ApiGatewayV2::Api": ["ProtocolType"],
  "AWS::Lambda::Function": ["FunctionName", "PackageType", "TenancyConfig"],
  "AWS::Lambda::Alias": ["FunctionName", "Name"],
  "AWS::Lambda::EventSourceMapping": ["EventSourceArn", "StartingPosition", "StartingPositionTimestamp"],
  "AWS::IAM::Role": ["RoleName", "Path"],
  "Custom::SluiceTopic": ["ServiceToken"],
  "Custom::SluiceSubscription": ["ServiceToken"],
};
/** Nothing may take away its stream either, or what makes it expire: that loses doorbells, or keeps all for ever. */
const UNCHANGED: Readonly<Record<string, readonly string[]>> = {
  "AWS::DynamoDB::Table": ["StreamSpecification", "TimeToLiveSpecification", "BillingMode"],
};

function templateOfNow(): TemplateJson {
  const folder = mkdtempSync(join(tmpdir(), "sluice-recorder-"));
  writeFileSync(join(folder, "index.js"), "exports.handler = async () => undefined;\n");
  return Template.fromStack(
    aStack(anApp(), now, { recorder: Code.fromAsset(folder) }),
  ).toJSON() as TemplateJson;
}

/** Why CloudFormation would replace or delete what is to stay. */
function replacements(before: TemplateJson, after: TemplateJson): readonly string[] {
  return Object.entries(before.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const properties = [...(KEPT[Type] ?? []), ...(UNCHANGED[Type] ?? [])];
    if (properties.length === 0) return [];
    const there = after.Resources[id];
    if (there?.Type !== Type) return [`${id} is gone`];
    return properties
      .filter((name) => JSON.stringify(Properties[name]) !== JSON.stringify(there.Properties?.[name]))
      .map((name) => `${id} has another ${name}`);
  });
}

const before = released();

it("GIVEN the stack of the release before WHEN it is updated THEN nothing that lasts is replaced", () => {
  expect(replacements(before.template, templateOfNow())).toEqual([]);
});

it("GIVEN that stack WHEN it is deployed again THEN no storage is replaced", () => {
  const back = templateOfNow();
  const stateful = Object.entries(back.Resources).filter(([, { Type }]) => /Table$|Bucket$|Key$/.test(Type));
  const kept = Object.fromEntries(stateful.filter(([id]) => id in before.template.Resources));
  expect(replacements({ Resources: kept }, before.template)).toEqual([]);
});

it.each([
  ["a table of another id", "StorageLog", (id: string) => ({ [`${id}X`]: before.template.Resources[id] })],
  [
    "another key",
    "StorageState",
    (id: string) => ({ [id]: { ...before.template.Resources[id], Properties: { KeySchema: [] } } }),
  ],
])("GIVEN %s WHEN the stacks are compared THEN it is seen", (_, part, change) => {
  const id = Object.keys(before.template.Resources).find((name) => name.includes(part)) ?? "?";
  const { [id]: _taken, ...others } = before.template.Resources;
  const after = { Resources: { ...others, ...change(id) } } as TemplateJson;
  expect(replacements(before.template, after)).not.toEqual([]);
});

it("GIVEN what is kept of a release WHEN it is looked at THEN it is a package that can be deployed", () => {
  const names = Object.keys(before.files);
  for (const name of ["api", "clock", "dispatcher", "provision", "pump", "relay"])
    expect(names).toContain(`dist/functions/${name}/index.mjs`);
  expect(names).toContain("dist/commonjs/cdk/index.js");
  expect(before.commit).toMatch(/^[0-9a-f]{40}$/);
});
