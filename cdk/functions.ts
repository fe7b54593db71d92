import { ArnFormat, type CfnElement, Duration, Names, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { type Acknowledged, acknowledge } from "./acknowledge.js";
import { type FunctionSettings, SluiceFunction } from "./sluice-function.js";
import type { Storage } from "./storage.js";

export interface FunctionsProps extends FunctionSettings {
  readonly storage: Storage;
  readonly encryptionKey: IKey | undefined;
}

const READ = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITE = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

/** What Lambda takes for a function's name. */
const NAME_CHARACTERS = 64;

/** What DynamoDB and S3 ask of whoever reads and writes under a customer's key. */
const KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:ReEncrypt*",
  "kms:GenerateDataKey*",
];
const acknowledgeKeyAction = (action: string): Acknowledged => ({
  id: "AwsSolutions-IAM5",
  finding: `Action::${action}`,
  reason: "The actions come in families that DynamoDB and S3 choose from; they are for the queue's own key.",
});

/** Sluice's five functions, and what each may do: no more than its operations need. */
export class Functions extends Construct {
  /** Answers the HTTPS API. */
  readonly api: SluiceFunction;
  /** Starts pumps when the log's stream rings. */
  readonly dispatcher: SluiceFunction;
  /** Delivers to one push subscription. */
  readonly pump: SluiceFunction;
  /** Makes up for what was lost, and serves the timers; once a minute. */
  readonly clock: SluiceFunction;
  /** Makes topics and subscriptions for CloudFormation. */
  readonly provision: SluiceFunction;
  private readonly all: readonly SluiceFunction[];

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    // Pump and clock start each other and themselves, and the API refuses to deliver to any of the five: only names
    // that are known beforehand keep that from being a cycle.
    const [apiName, dispatcherName, pumpName, clockName, provisionName] = [
      this.physicalName("Api"),
      this.physicalName("Dispatcher"),
      this.physicalName("Pump"),
      this.physicalName("Clock"),
      this.physicalName("Provision"),
    ];
    const ownFunctions = [apiName, dispatcherName, pumpName, clockName, provisionName];
    const environment = {
      SLUICE_LOG_TABLE: props.storage.log.tableName,
      SLUICE_STATE_TABLE: props.storage.state.tableName,
      SLUICE_BUCKET: props.storage.bucket.bucketName,
      SLUICE_PUMP_FUNCTION: pumpName,
      SLUICE_CLOCK_FUNCTION: clockName,
      SLUICE_OWN_FUNCTIONS: ownFunctions.join(","),
      ...props.environment,
    };
    const settings: FunctionSettings = { ...props, environment };
    this.api = new SluiceFunction(this, "Api", { ...settings, ...API, functionName: apiName });
    this.dispatcher = new SluiceFunction(this, "Dispatcher", {
      ...settings,
      ...DISPATCHER,
      functionName: dispatcherName,
    });
    this.pump = new SluiceFunction(this, "Pump", { ...settings, ...PUMP, functionName: pumpName });
    this.clock = new SluiceFunction(this, "Clock", { ...settings, ...CLOCK, functionName: clockName });
    this.provision = new SluiceFunction(this, "Provision", {
      ...settings,
      ...PROVISION,
      functionName: provisionName,
    });
    this.all = [this.api, this.dispatcher, this.pump, this.clock, this.provision];
    this.allowStorage(props.storage);
    this.allowStarts(this.arnOf(pumpName), this.arnOf(clockName));
    if (props.encryptionKey) this.allowKey(props.encryptionKey);
  }

  private allowStorage({ log, state, bucket }: Storage): void {
    for (const { role } of this.all) state.grant(role, ...READ);
    for (const { role } of [this.api, this.pump, this.clock, this.provision]) {
      state.grant(role, ...WRITE);
      log.grant(role, ...READ);
    }
    log.grant(this.api.role, "dynamodb:PutItem");
    // A deleted subscription's progress goes in batches.
    for (const { role } of [this.api, this.clock, this.provision])
      state.grant(role, "dynamodb:BatchWriteItem");
    const segments = bucket.arnForObjects("segments/*");
    this.api.allow(["s3:PutObject"], segments);
    for (const reader of [this.api, this.pump]) {
      reader.allow(["s3:GetObject"], segments);
      // Without it S3 answers "forbidden" for an object that is not there, which must be told from one that is.
      reader.allow(["s3:ListBucket"], bucket.bucketArn);
      acknowledge(reader.role, {
        id: "AwsSolutions-IAM5",
        finding: `Resource::<${Stack.of(this).getLogicalId(bucket.node.defaultChild as CfnElement)}.Arn>/segments/*`,
        reason:
          "Segments are named when they are written; the function may touch nothing else in the bucket.",
      });
    }
  }

  private allowStarts(pumpArn: string, clockArn: string): void {
    // A push subscription that was sought, or is not paused any more, has something to do at once.
    for (const starter of [this.api, this.dispatcher, this.provision])
      starter.allow(["lambda:InvokeFunction"], pumpArn);
    for (const starter of [this.pump, this.clock])
      starter.allow(["lambda:InvokeFunction"], pumpArn, clockArn);
  }

  private allowKey(key: IKey): void {
    for (const { role } of this.all) {
      key.grant(role, ...KEY_ACTIONS);
      acknowledge(role, ...KEY_ACTIONS.filter((action) => action.endsWith("*")).map(acknowledgeKeyAction));
    }
  }

  private physicalName(role: string): string {
    const stem = Names.uniqueResourceName(this, {
      maxLength: NAME_CHARACTERS - "-Dispatcher".length,
      separator: "-",
      allowedSpecialCharacters: "-_",
    });
    return `${stem}-${role}`;
  }

  private arnOf(functionName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return Stack.of(this).formatArn({
      service: "lambda",
      resource: "function",
      resourceName: functionName,
      arnFormat,
    });
  }
}

/** Longer than a consumer may wait for messages (20 s), and no longer than API Gateway waits. */
const API = {
  name: "api",
  description: "Sluice: the HTTPS API",
  memoryMb: 1_024,
  timeout: Duration.seconds(29),
} as const;

const DISPATCHER = {
  name: "dispatcher",
  description: "Sluice: starts pumps for what was appended",
  memoryMb: 256,
  timeout: Duration.minutes(1),
} as const;

/** As long as Lambda lets it run: it hands over to a successor before. */
const PUMP = {
  name: "pump",
  description: "Sluice: delivers to one push subscription",
  memoryMb: 512,
  timeout: Duration.minutes(15),
  asyncRetries: 0,
  startsItself: true,
} as const;

const CLOCK = {
  name: "clock",
  description: "Sluice: sweeps, and serves timers",
  memoryMb: 256,
  timeout: Duration.minutes(2),
  asyncRetries: 0,
  startsItself: true,
} as const;

/** Longer than the name of a deleted topic is barred: a topic that is deployed again at once waits for that. */
const PROVISION = {
  name: "provision",
  description: "Sluice: makes topics and subscriptions for CloudFormation",
  memoryMb: 256,
  timeout: Duration.minutes(6),
} as const;
