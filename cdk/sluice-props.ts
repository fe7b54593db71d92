import { type RemovalPolicy, type Size, Token } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { type Architecture, type Runtime, RuntimeFamily } from "aws-cdk-lib/aws-lambda";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { METRIC_DETAILS, type MetricDetail } from "../lib/domain/metrics.js";
import { UPLOAD_LIMIT_BYTES } from "../lib/domain/upload.js";
import { type AlarmThresholds, checkThresholds } from "./alarms.js";
import { type ApiOptions, checkApiOptions } from "./api-options.js";
import { Checks } from "./check.js";
import { AUTHS, ENDPOINT_KINDS, type EndpointAuth, type EndpointKind } from "./endpoint-kind.js";
import { checkEnvironment } from "./environment.js";
import { type GivenStorage, checkGivenStorage, givenEnvironment } from "./given-storage.js";
import type { FunctionsOptions } from "./function-options.js";
import type { NetworkOptions } from "./network.js";
import { checkPrefix } from "./parameters.js";
import type { BucketAccessLogs } from "./storage.js";
import type { WebhookTargets } from "./webhook-targets.js";

/** Settings of a queue. Each can be left out. */
export interface SluiceProps {
  /** The kind of API Gateway: "rest" works where HTTP APIs are not available. @default "http" */
  readonly endpoint?: EndpointKind;
  /**
   * "iam": requests are signed, and policies say who may do what. "jwt": callers have a token of `api.jwt`, and each
   * may do anything. "lambda": `api.authorizer` says who may do what. "none": anybody may do anything. With "jwt" and
   * "lambda" grants over the API are refused: no policy of the caller would be asked.
   * @default "iam"
   */
  readonly auth?: EndpointAuth;
  /** Settings of the API, some of which belong to one kind of endpoint. @default - those of ApiOptions */
  readonly api?: ApiOptions;
  /** The most requests per second, over all callers. @default 1000 */
  readonly requestsPerSecond?: number;
  /** The most requests in one burst. @default 2000 */
  readonly requestsBurst?: number;
  /**
   * What happens to tables, bucket and topics when the stack is deleted. Tables that are kept are protected from
   * deletion.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether to empty the bucket before deleting it; only with RemovalPolicy.DESTROY.
   * @default - true with RemovalPolicy.DESTROY, otherwise false
   */
  readonly emptyBucketOnDelete?: boolean;
  /**
   * Tables and a bucket that are there already: what a deleted stack kept, or what was restored (docs/restore.md).
   * @default - the queue makes its own
   */
  readonly storage?: GivenStorage;
  /** A customer managed key for tables, bucket and the queue of failed doorbells. @default - keys that AWS manages */
  readonly encryptionKey?: IKey;
  /**
   * Whether log groups have that key, too. CloudWatch Logs has to be allowed in the key's policy; Sluice adds that
   * where the app makes the key.
   * @default - true if the app makes the key, false without one and with one from elsewhere
   */
  readonly encryptLogs?: boolean;
  /** Where S3 logs who accessed the bucket. @default - it does not */
  readonly bucketAccessLogs?: BucketAccessLogs;
  /** Slots larger than this go to S3. @default Size.bytes(10240) */
  readonly inlineLimit?: Size;
  /** The largest body that may be uploaded, up to 5 GB. @default Size.gibibytes(5) */
  readonly uploadLimit?: Size;
  /**
   * Origins of web pages whose scripts may upload bodies and fetch them, such as `"https://shop.example.com"`; `"*"` for
   * any. What they may do is still signed for each body. A bucket that is given has rules of its own.
   * @default - none
   */
  readonly uploadOrigins?: readonly string[];
  /** How long the functions' and the endpoint's logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** Whether the functions, and a REST API, are traced by X-Ray. @default false */
  readonly tracing?: boolean;
  /** Memory and reserved concurrency, by function: docs/capacity.md. @default - sizes for most, nothing reserved */
  readonly functions?: FunctionsOptions;
  /** A VPC for the functions to run in. @default - none: Lambda's own network */
  readonly network?: NetworkOptions;
  /** The functions' Node.js, 20 or newer. @default Runtime.NODEJS_22_X */
  readonly runtime?: Runtime;
  /** Where webhooks may go beside the public internet. @default - nowhere */
  readonly webhookTargets?: WebhookTargets;
  /** @default Architecture.ARM_64 */
  readonly architecture?: Architecture;
  /**
   * Creates alarms with these actions: docs/operating.md lists them.
   * @default - no alarms
   */
  readonly alarmActions?: readonly IAlarmAction[];
  /** From what value on alarms go off; only with `alarmActions`. @default - those of AlarmThresholds */
  readonly alarmThresholds?: AlarmThresholds;
  /**
   * How far the functions' metrics are told apart. "queue": each counts all topics and subscriptions together. "topic"
   * and "subscription": there is one for each of them as well, at $0.30 a month each while it has data (docs/cost.md).
   * @default "queue"
   */
  readonly metrics?: MetricDetail;
  /**
   * Where to put parameters in Systems Manager for other apps that use the queue: "/sluice/my-queue". Eight, which
   * cost nothing.
   * @default - none: the stack's outputs have the same
   */
  readonly parameterPrefix?: string;
  /** Additional environment variables for all functions, such as an emulator's AWS_ENDPOINT_URL. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether Sluice acknowledges findings of cdk-nag that it means, with its reasons. With false you see each of them;
   * {@link Sluice.acknowledged} lists them in any case. Those of your own resources are never touched.
   * @default true
   */
  readonly acknowledgeFindings?: boolean;
}

/** @throws {Error} for what would fail in the middle of a deployment, or open what should be closed. */
export function checkProps(queue: Construct, props: SluiceProps): void {
  const checks = new Checks(queue);
  checks.oneOf("endpoint", props.endpoint, ENDPOINT_KINDS);
  checks.oneOf("auth", props.auth, AUTHS);
  checks.between("requestsPerSecond", props.requestsPerSecond, 1, REQUESTS_AT_MOST);
  checks.within("requestsBurst", props.requestsBurst, 1, REQUESTS_AT_MOST);
  checks.bytes("inlineLimit", props.inlineLimit, 0, INLINE_AT_MOST);
  checks.bytes("uploadLimit", props.uploadLimit, 1, UPLOAD_LIMIT_BYTES);
  checkOrigins(checks, props);
  checkApiOptions(queue, props.api ?? {}, { kind: props.endpoint ?? "http", auth: props.auth ?? "iam" });
  checkRuntime(checks, props.runtime);
  checks.flag("encryptLogs", props.encryptLogs);
  checks.flag("emptyBucketOnDelete", props.emptyBucketOnDelete);
  checks.flag("tracing", props.tracing);
  checks.oneOf("metrics", props.metrics, METRIC_DETAILS);
  checks.flag("acknowledgeFindings", props.acknowledgeFindings);
  if (props.alarmThresholds && !props.alarmActions)
    checks.refuse("alarmThresholds: there are no alarms without alarmActions");
  checkThresholds(queue, props.alarmThresholds ?? {});
  checkEnvironment(queue, props.environment);
  checkGivenStorage(queue, props.storage);
  checkPrefix(queue, "parameterPrefix", props.parameterPrefix);
}

/** As browsers send it: a scheme and a host, and a port if it is not the usual one. */
const ORIGIN = /^(\*|https?:\/\/[^/\s*]+)$/;

function checkOrigins(checks: Checks, { uploadOrigins = [], storage }: SluiceProps): void {
  const wrong = uploadOrigins.find((origin) => !Token.isUnresolved(origin) && !ORIGIN.test(origin));
  if (wrong !== undefined)
    checks.refuse(`uploadOrigins has "${wrong}": use an origin such as "https://shop.example.com", or "*"`);
  if (uploadOrigins.length > 0 && storage?.bucket)
    checks.refuse("uploadOrigins: the bucket is given, so allow them in its own CORS rules");
}

/** The bundles are made for this one. */
const NODE_AT_LEAST = 20;

function checkRuntime(checks: Checks, runtime: Runtime | undefined): void {
  if (!runtime) return;
  const [, major = 0] = /^nodejs(\d+)\.x$/.exec(runtime.name) ?? [];
  if (runtime.family === RuntimeFamily.NODEJS && Number(major) >= NODE_AT_LEAST) return;
  checks.refuse(`runtime is ${runtime.name}: use Node.js ${NODE_AT_LEAST} or newer`);
}

/** More than any account's quota. */
const REQUESTS_AT_MOST = 1_000_000;
/** An item of DynamoDB holds 400 KB, with the slot's other attributes. */
const INLINE_AT_MOST = 350_000;

/** The functions' environment variables for what is set. */
export function environmentOf(props: SluiceProps): Record<string, string> {
  const { inlineLimit, uploadLimit, environment, storage } = props;
  return {
    ...(inlineLimit ? { SLUICE_INLINE_LIMIT_BYTES: String(inlineLimit.toBytes()) } : {}),
    ...(uploadLimit ? { SLUICE_UPLOAD_LIMIT_BYTES: String(uploadLimit.toBytes()) } : {}),
    ...givenEnvironment(storage),
    ...environment,
  };
}
