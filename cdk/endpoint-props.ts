import type { RemovalPolicy } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ApiOptions } from "./api-options.js";
import type { EndpointAuth, EndpointKind } from "./endpoint-kind.js";

export interface EndpointProps {
  readonly kind: EndpointKind;
  readonly auth: EndpointAuth;
  readonly api: ApiOptions;
  readonly handler: IFunction;
  /** For requests that wait for messages; undefined: the same as for all others. */
  readonly receiveHandler: IFunction | undefined;
  readonly requestsPerSecond: number;
  readonly requestsBurst: number;
  readonly tracing: boolean;
  readonly logRetention: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
  readonly logKey: IKey | undefined;
}

/** What either kind of API is made of. */
export interface ApiParts extends EndpointProps {
  readonly apiName: string;
  readonly logs: LogGroup;
}

/** What the DNS record of a name of your own leads to. */
export interface DomainTarget {
  readonly regionalDomainName: string;
  readonly regionalHostedZoneId: string;
}

/** What the access log says of each request. */
export const HTTP_LOG_FIELDS = {
  requestId: "$context.requestId",
  time: "$context.requestTimeEpoch",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  responseBytes: "$context.responseLength",
  caller: "$context.identity.userArn",
  error: "$context.error.message",
  integrationError: "$context.integrationErrorMessage",
};
export const REST_LOG_FIELDS = { ...HTTP_LOG_FIELDS, integrationError: "$context.integration.error" };
