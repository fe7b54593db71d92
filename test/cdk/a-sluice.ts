import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function, type IFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { FUNCTIONS_DIRECTORY_CONTEXT } from "../../cdk/function-code.js";
import { Sluice } from "../../cdk/sluice.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";

/** Stands in for the bundles, so that these tests need no build. */
function bundles(): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-bundles-"));
  for (const name of ["api", "dispatcher", "pump", "clock", "relay", "provision"]) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "index.mjs"), "export const handler = async () => undefined;");
  }
  return directory;
}

const BUNDLES = bundles();

export const anApp = (): App => new App({ context: { [FUNCTIONS_DIRECTORY_CONTEXT]: BUNDLES } });

export interface SluiceInAStack {
  readonly stack: Stack;
  readonly queue: Sluice;
  readonly template: () => Template;
}

export function aSluice(props: SluiceProps = {}): SluiceInAStack {
  const stack = new Stack(anApp(), "Test");
  const queue = new Sluice(stack, "Queue", props);
  return { stack, queue, template: () => Template.fromStack(stack) };
}

export const aFunction = (
  stack: Stack,
  id = "Handler",
  props: { timeout?: Function["timeout"] } = {},
): Function =>
  new Function(stack, id, {
    code: Code.fromInline("exports.handler = async () => undefined"),
    handler: "index.handler",
    runtime: Runtime.NODEJS_22_X,
    ...(props.timeout ? { timeout: props.timeout } : {}),
  });

/** A function that was made elsewhere. */
export const functionAt = (stack: Stack, functionArn: string): IFunction =>
  Function.fromFunctionAttributes(stack, "Imported", { functionArn, skipPermissions: true });

/** One statement of a policy, with its lists always lists. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
}

interface PolicyProperties {
  readonly PolicyDocument: {
    readonly Statement: readonly { readonly Action: unknown; readonly Resource: unknown }[];
  };
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** What the role of the function may do, from its own policy. */
export function statementsOf(template: Template, roleIdPart: string): readonly Statement[] {
  const policies = template.findResources("AWS::IAM::Policy") as Record<
    string,
    { Properties: PolicyProperties }
  >;
  const found = Object.entries(policies).filter(([id]) => id.includes(roleIdPart));
  return found.flatMap(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.map(({ Action, Resource }) => ({
      actions: asList(Action).map(String),
      resources: asList(Resource),
    })),
  );
}
