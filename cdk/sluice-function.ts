import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Architecture } from "aws-cdk-lib/aws-lambda";
import {
  Alias,
  Function,
  type IFunction,
  type IVersion,
  RecursiveLoop,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.js";
import { type FunctionName, functionCode } from "./function-code.js";
import type { FunctionsOptions } from "./function-options.js";
import { type NetworkOptions, allowNetwork, networkProps } from "./network.js";

/** Settings that all of Sluice's functions share. */
export interface FunctionSettings {
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
  readonly logKey?: IKey | undefined;
  readonly tracing: boolean;
  /** @default Runtime.NODEJS_22_X */
  readonly runtime?: Runtime;
  readonly functions?: FunctionsOptions;
  readonly network?: NetworkOptions;
}

export interface SluiceFunctionProps extends FunctionSettings {
  readonly name: FunctionName;
  /** Whose bundle it runs. @default its own */
  readonly bundle?: FunctionName;
  readonly description: string;
  /** Unless the deployment sets another. */
  readonly memoryMb: number;
  readonly timeout: Duration;
  /** A physical name, since functions refer to each other. */
  readonly functionName?: string;
  /** How often Lambda retries a failed asynchronous invocation; it has no meaning for other invocations. */
  readonly asyncRetries?: number;
  /**
   * Whether it may start itself without limit; otherwise Lambda stops a function that invokes itself after 16 rounds.
   */
  readonly startsItself?: boolean;
  /** Whether callers get whatever is deployed last, and no published version. */
  readonly isUnpublished?: boolean;
}

/** What callers name of a function, and what a deployment moves from one published version to the next. */
export const LIVE = "live";

/** One of Sluice's functions. Its role can only write its own log until more is allowed. */
export class SluiceFunction extends Construct {
  readonly function: Function;
  /**
   * The version that is at work. Code and settings change together for whoever calls it, and a deployment that is
   * rolled back leads to the version before, which is still there (docs/decisions/0065-functions-are-published.md).
   */
  readonly live: IFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: SluiceFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
      ...(props.logKey ? { encryptionKey: props.logKey } : {}),
    });
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(this.role);
    if (props.network) allowNetwork(this.role, props.functionName);
    const { memory, reservedConcurrency } = props.functions?.[props.name] ?? {};
    this.function = new Function(this, "Function", {
      code: functionCode(this, props.bundle ?? props.name),
      handler: "index.handler",
      runtime: props.runtime ?? Runtime.NODEJS_22_X,
      architecture: props.architecture,
      description: props.description,
      memorySize: memory?.toMebibytes() ?? props.memoryMb,
      timeout: props.timeout,
      environment: { ...props.environment },
      role: this.role,
      logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      ...(props.functionName ? { functionName: props.functionName } : {}),
      ...(props.network ? networkProps(props.network) : {}),
      ...(props.startsItself ? { recursiveLoop: RecursiveLoop.ALLOW } : {}),
    });
    this.live = props.isUnpublished ? this.function : this.publish(props);
    acknowledge(this.function, {
      id: "AwsSolutions-L1",
      reason: "The bundles are built and tested for this runtime; a release raises it.",
    });
    if (props.tracing) {
      acknowledge(this.role, {
        id: "AwsSolutions-IAM5",
        finding: "Resource::*",
        reason:
          "X-Ray's actions support no resource-level permissions; tracing is on because the app asked for it.",
      });
    }
  }

  private publish({ asyncRetries }: SluiceFunctionProps): IFunction {
    // The casts are needed because the CDK's types do not follow exactOptionalPropertyTypes.
    return new Alias(this, "Live", {
      aliasName: LIVE,
      version: this.function.currentVersion as IVersion,
      // Lambda asks the alias that was called, not its function.
      ...(asyncRetries === undefined
        ? {}
        : { retryAttempts: asyncRetries, maxEventAge: Duration.minutes(5) }),
    }) as IFunction;
  }

  /** Allows exactly `actions` on exactly `resourceArns`. */
  allow(actions: readonly string[], ...resourceArns: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resourceArns] }));
  }
}
