import { type Size, SizeRoundingBehavior } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { Checks } from "./check.js";
import { FUNCTION_NAMES } from "./function-code.js";

/** What a deployment may set on one of Sluice's functions. */
export interface FunctionOptions {
  /** From 128 MB to 10,240 MB; its share of a processor grows with it. @default - docs/capacity.md has a table */
  readonly memory?: Size;
  /**
   * Executions that are kept for this function, and the most that it runs at once.
   * @default - none: it shares the account's with all other functions
   */
  readonly reservedConcurrency?: number;
}

/** Settings by function, for those that are to differ from their defaults. */
export interface FunctionsOptions {
  /** Serves the API. @default - as docs/capacity.md says */
  readonly api?: FunctionOptions;
  /** Waits for messages on behalf of consumers; with an HTTP API only. @default - as docs/capacity.md says */
  readonly receive?: FunctionOptions;
  /** Starts pumps for what was published. @default - as docs/capacity.md says */
  readonly dispatcher?: FunctionOptions;
  /** Delivers to functions and webhooks. @default - as docs/capacity.md says */
  readonly pump?: FunctionOptions;
  /** Runs once a minute, and sees to what is due. @default - as docs/capacity.md says */
  readonly clock?: FunctionOptions;
  /** Moves messages from the outbox into the log. @default - as docs/capacity.md says */
  readonly relay?: FunctionOptions;
  /** Makes topics and subscriptions for CloudFormation. @default - as docs/capacity.md says */
  readonly provision?: FunctionOptions;
}

const MEMORY_MB = { least: 128, most: 10_240 } as const;
/** More than any account has. */
const RESERVED_AT_MOST = 1_000_000;

/** @throws if a setting is out of its range, with its path. */
export function checkFunctionsOptions(scope: IConstruct, functions: FunctionsOptions): void {
  const checks = new Checks(scope);
  for (const name of Object.keys(functions)) {
    if (!FUNCTION_NAMES.some((known) => known === name))
      checks.refuse(`functions.${name}: there is no such function; use ${FUNCTION_NAMES.join(", ")}`);
  }
  const named: readonly (readonly [string, FunctionOptions])[] = Object.entries(functions);
  for (const [name, { memory, reservedConcurrency }] of named) {
    const memoryMb = memory?.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
    checks.within(`functions.${name}.memory in MB`, memoryMb, MEMORY_MB.least, MEMORY_MB.most);
    checks.within(`functions.${name}.reservedConcurrency`, reservedConcurrency, 1, RESERVED_AT_MOST);
  }
}
