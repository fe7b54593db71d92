import { ArnFormat, type CfnElement, Duration, Names, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { type Acknowledged, acknowledge } from "./acknowledge.js";
import { checkFunctionsOptions } from "./function-options.js";
import { type FunctionSettings, LIVE, SluiceFunction } from "./sluice-function.js";
import type { Storage } from "./storage.js";

export interface FunctionsProps extends FunctionSettings {
  readonly storage: Storage;
  readonly encryptionKey: IKey | undefined;
  /** Whether requests that wait for messages can be sent to a function of their own. */
  readonly hasReceive: boolean;
}

const READ = ["dynamodb:GetItem", "dynamodb:Query"];
/** No reader of the log knows where exactly a slot begins. */
const READ_LOG = ["dynamodb:Query"];
const WRITE = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

/** Lambda's limit for a function's name. */
const NAME_CHARACTERS = 64;

/** What DynamoDB and S3 require for reading and writing under a customer managed key. */
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
  reason: "DynamoDB and S3 choose from these families of actions; they apply only to the queue's own key.",
});

/** Sluice's functions with their permissions: no more than their operations need. */
export class Functions extends Construct {
  /** Serves the HTTPS API. */
  readonly api: SluiceFunction;
  /** Serves the requests that wait for messages: with less memory, because most of its time it does nothing. */
  readonly receive: SluiceFunction | undefined;
  /** Starts pumps when the log's stream rings. */
  readonly dispatcher: SluiceFunction;
  /** Delivers the messages of one lane of a push subscription. */
  readonly pump: SluiceFunction;
  /** Makes up for lost starts and serves the timers. A rule starts it once a minute. */
  readonly clock: SluiceFunction;
  /** Moves into the log what users' own transactions put into the outbox, when that table's stream rings. */
  readonly relay: SluiceFunction;
  /** Creates, changes and deletes topics and subscriptions for CloudFormation. */
  readonly provision: SluiceFunction;
  private readonly all: readonly SluiceFunction[];

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    checkFunctionsOptions(scope, props.functions ?? {});
    // Pump and clock start each other and themselves, and the API refuses all of them as targets. Names that are fixed
    // in advance keep this from being a dependency cycle.
    const [apiName, receiveName, dispatcherName, pumpName, clockName, relayName, provisionName] = [
      this.physicalName("Api"),
      this.physicalName("Receive"),
      this.physicalName("Dispatcher"),
      this.physicalName("Pump"),
      this.physicalName("Clock"),
      this.physicalName("Relay"),
      this.physicalName("Provision"),
    ];
    const ownFunctions = [
      apiName,
      receiveName,
      dispatcherName,
      pumpName,
      clockName,
      relayName,
      provisionName,
    ];
    const environment = {
      SLUICE_LOG_TABLE: props.storage.log.tableName,
      SLUICE_STATE_TABLE: props.storage.state.tableName,
      SLUICE_OUTBOX_TABLE: props.storage.outbox.tableName,
      SLUICE_BUCKET: props.storage.bucket.bucketName,
      SLUICE_PUMP_FUNCTION: `${pumpName}:${LIVE}`,
      SLUICE_CLOCK_FUNCTION: `${clockName}:${LIVE}`,
      SLUICE_OWN_FUNCTIONS: ownFunctions.join(","),
      ...props.environment,
    };
    const settings: FunctionSettings = { ...props, environment };
    this.api = new SluiceFunction(this, "Api", { ...settings, ...API, functionName: apiName });
    this.receive = props.hasReceive
      ? new SluiceFunction(this, "Receive", { ...settings, ...RECEIVE, functionName: receiveName })
      : undefined;
    this.dispatcher = new SluiceFunction(this, "Dispatcher", {
      ...settings,
      ...DISPATCHER,
      functionName: dispatcherName,
    });
    this.pump = new SluiceFunction(this, "Pump", { ...settings, ...PUMP, functionName: pumpName });
    this.clock = new SluiceFunction(this, "Clock", { ...settings, ...CLOCK, functionName: clockName });
    this.relay = new SluiceFunction(this, "Relay", { ...settings, ...RELAY, functionName: relayName });
    this.provision = new SluiceFunction(this, "Provision", {
      ...settings,
      ...PROVISION,
      functionName: provisionName,
    });
    const receive = this.receive ? [this.receive] : [];
    this.all = [this.api, ...receive, this.dispatcher, this.pump, this.clock, this.relay, this.provision];
    this.allowStorage(props.storage);
    this.allowRelaying(props.storage);
    this.allowStarts(this.liveArnOf(pumpName), this.liveArnOf(clockName));
    if (props.encryptionKey) this.allowKey(props.encryptionKey);
  }

  private allowStorage({ log, state, bucket }: Storage): void {
    const receive = this.receive ? [this.receive] : [];
    for (const { role } of this.all) state.grant(role, ...READ);
    for (const { role } of [this.api, ...receive, this.pump, this.clock, this.provision]) {
      state.grant(role, ...WRITE);
      log.grant(role, ...READ_LOG);
    }
    // It knocks at the lanes of pumps at work, and keeps rosters.
    state.grant(this.dispatcher.role, "dynamodb:UpdateItem", "dynamodb:PutItem");
    log.grant(this.api.role, "dynamodb:PutItem");
    // Erasing a message rewrites its slot, and the clock looks again for what was copied meanwhile.
    for (const eraser of [this.api, this.clock]) {
      log.grant(eraser.role, "dynamodb:UpdateItem");
      eraser.allow(["s3:DeleteObject"], bucket.arnForObjects("segments/*"));
    }
    // A deleted subscription's progress is removed in batches.
    for (const { role } of [this.api, this.clock, this.provision])
      state.grant(role, "dynamodb:BatchWriteItem");
    const segments = bucket.arnForObjects("segments/*");
    // What is signed for an upload, and that it is used from now on.
    this.api.allow(["s3:PutObjectTagging"], segments);
    for (const reader of [this.api, ...receive, this.pump, this.clock]) {
      // Whoever makes a dead letter of a large message, or sends a mended one again, stores its copy.
      reader.allow(["s3:PutObject"], segments);
      reader.allow(["s3:GetObject"], segments);
      // Without this permission S3 answers "forbidden" for a missing object, which then cannot be told from a denied
      // one.
      reader.allow(["s3:ListBucket"], bucket.bucketArn);
      this.acknowledgeSegments(reader, bucket);
    }
  }

  /** The relay moves what was put into the outbox, and the clock what is stranded there, and delayed messages. */
  private allowRelaying({ log, state, outbox, bucket }: Storage): void {
    for (const { role } of [this.relay, this.clock]) {
      outbox.grant(role, ...READ, "dynamodb:DeleteItem");
      log.grant(role, "dynamodb:PutItem");
    }
    outbox.grant(this.clock.role, "dynamodb:Scan");
    outbox.grant(this.api.role, "dynamodb:Query", "dynamodb:DeleteItem");
    log.grant(this.relay.role, ...READ_LOG);
    state.grant(this.relay.role, "dynamodb:PutItem", "dynamodb:UpdateItem");
    this.relay.allow(["s3:PutObject"], bucket.arnForObjects("segments/*"));
    this.acknowledgeSegments(this.relay, bucket);
  }

  private acknowledgeSegments({ role }: SluiceFunction, bucket: Storage["bucket"]): void {
    const made = bucket.node.defaultChild;
    const arn = made
      ? `<${Stack.of(this).getLogicalId(made as CfnElement)}.Arn>`
      : `arn:<AWS::Partition>:s3:::${bucket.bucketName}`;
    acknowledge(role, {
      id: "AwsSolutions-IAM5",
      finding: `Resource::${arn}/segments/*`,
      reason:
        "Segments get their names when they are written; the function can access nothing else in the bucket.",
    });
  }

  private allowStarts(pumpArn: string, clockArn: string): void {
    // A push subscription may have messages to deliver as soon as a seek has moved it or its pause ends.
    this.dispatcher.allow(["lambda:InvokeFunction"], pumpArn);
    // The clock goes on with a redrive that is too long for one request, and publishes the delayed messages that waited
    // for the end of a pause.
    for (const starter of [this.api, this.pump, this.clock, this.provision])
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

  private liveArnOf(functionName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return Stack.of(this).formatArn({
      service: "lambda",
      resource: "function",
      resourceName: `${functionName}:${LIVE}`,
      arnFormat,
    });
  }
}

/** Longer than the longest wait for messages (20 s), and within API Gateway's own time-out. */
const API = {
  name: "api",
  description: "Sluice: the HTTPS API",
  memoryMb: 1_024,
  timeout: Duration.seconds(29),
} as const;

const RECEIVE = {
  name: "receive",
  bundle: "api",
  description: "Sluice: waits for messages",
  memoryMb: 256,
  timeout: Duration.seconds(29),
} as const;

const DISPATCHER = {
  name: "dispatcher",
  description: "Sluice: starts pumps for what was appended",
  memoryMb: 256,
  timeout: Duration.minutes(1),
} as const;

/** Lambda's longest time-out; a pump hands over to a successor before it is reached. */
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

const RELAY = {
  name: "relay",
  description: "Sluice: moves messages from the outbox into the log",
  memoryMb: 512,
  timeout: Duration.minutes(1),
} as const;

/**
 * Longer than the name of a deleted topic stays blocked: a topic that is deployed again at once has to wait for that.
 */
const PROVISION = {
  name: "provision",
  description: "Sluice: makes topics and subscriptions for CloudFormation",
  memoryMb: 256,
  timeout: Duration.minutes(6),
  // CloudFormation is its only caller, and takes no other token for a resource that is there.
  isUnpublished: true,
} as const;
