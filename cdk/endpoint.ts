import { Annotations, ArnFormat, Names, type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as rest from "aws-cdk-lib/aws-apigateway";
import * as http from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type Acknowledged, acknowledge } from "./acknowledge.js";

/** The kind of API Gateway. An HTTP API is cheaper and faster; a REST API works where HTTP APIs are not available. */
export type EndpointKind = "http" | "rest";
/** Who may call: IAM principals that a policy allows, with signed requests, or anybody. */
export type EndpointAuth = "iam" | "none";

export interface EndpointProps {
  readonly kind: EndpointKind;
  readonly auth: EndpointAuth;
  readonly handler: IFunction;
  /** For requests that wait for messages; undefined: the same as for all others. */
  readonly receiveHandler: IFunction | undefined;
  readonly requestsPerSecond: number;
  readonly requestsBurst: number;
  readonly logRetention: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

/**
 * A REST API would answer all paths that begin like this one by itself, instead of passing them on to the other
 * function.
 */
const RECEIVE_PATH = "/v1/topics/{topic}/subscriptions/{subscription}/receive";
/** Reads may wait, too. What is published to the same path is not a GET, and goes to the other function. */
const READ_PATH = "/v1/topics/{topic}/messages";
const HTTP_STAGE = "$default";
const REST_STAGE = "prod";

/**
 * The HTTPS endpoint. Every path goes to one function, but for receives, and IAM policies are matched against the path
 * itself.
 */
export class Endpoint extends Construct {
  /** Without a trailing slash. */
  readonly url: string;
  readonly apiId: string;
  private readonly stageName: string;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    const logs = new LogGroup(this, "AccessLogs", {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
    });
    this.stageName = props.kind === "http" ? HTTP_STAGE : REST_STAGE;
    const made = props.kind === "http" ? this.httpApi(props, logs) : this.restApi(props, logs);
    this.url = made.url;
    this.apiId = made.apiId;
    if (props.auth === "none") this.warnOfNoAuth();
  }

  /** The ARN that an IAM policy needs to allow `method path`. */
  requestArn(method: string, path: string): string {
    const resource = this.apiId;
    const resourceName = `${this.stageName}/${method}${path}`;
    const arnFormat = ArnFormat.SLASH_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: "execute-api", resource, resourceName, arnFormat });
  }

  private httpApi(props: EndpointProps, logs: LogGroup): { url: string; apiId: string } {
    const api = new http.HttpApi(this, "HttpApi", { apiName: this.apiName(), createDefaultStage: false });
    const authorized = props.auth === "iam" ? { authorizer: new HttpIamAuthorizer() } : {};
    api.addRoutes({
      path: "/{proxy+}",
      methods: [http.HttpMethod.ANY],
      integration: new HttpLambdaIntegration("Integration", props.handler),
      ...authorized,
    });
    if (props.receiveHandler) {
      const integration = new HttpLambdaIntegration("ReceiveIntegration", props.receiveHandler);
      api.addRoutes({ path: RECEIVE_PATH, methods: [http.HttpMethod.POST], integration, ...authorized });
      api.addRoutes({ path: READ_PATH, methods: [http.HttpMethod.GET], integration, ...authorized });
    }
    new http.HttpStage(this, "Stage", {
      httpApi: api,
      stageName: HTTP_STAGE,
      autoDeploy: true,
      throttle: { rateLimit: props.requestsPerSecond, burstLimit: props.requestsBurst },
      accessLogSettings: {
        destination: new http.LogGroupLogDestination(logs),
        format: rest.AccessLogFormat.custom(JSON.stringify(HTTP_LOG_FIELDS)),
      },
    });
    return { url: api.apiEndpoint, apiId: api.apiId };
  }

  private restApi(props: EndpointProps, logs: LogGroup): { url: string; apiId: string } {
    const api = new rest.RestApi(this, "RestApi", {
      restApiName: this.apiName(),
      endpointTypes: [rest.EndpointType.REGIONAL],
      binaryMediaTypes: ["*/*"],
      cloudWatchRole: true,
      defaultMethodOptions: {
        authorizationType: props.auth === "iam" ? rest.AuthorizationType.IAM : rest.AuthorizationType.NONE,
      },
      deployOptions: {
        stageName: REST_STAGE,
        throttlingRateLimit: props.requestsPerSecond,
        throttlingBurstLimit: props.requestsBurst,
        accessLogDestination: new rest.LogGroupLogDestination(logs),
        accessLogFormat: rest.AccessLogFormat.custom(JSON.stringify(REST_LOG_FIELDS)),
      },
    });
    api.root.addProxy({ defaultIntegration: new rest.LambdaIntegration(props.handler), anyMethod: true });
    acknowledge(api, ...REST_ACKNOWLEDGED);
    return { url: api.urlForPath("/").replace(/\/$/, ""), apiId: api.restApiId };
  }

  private apiName(): string {
    return Names.uniqueResourceName(this, { maxLength: 60, separator: "-" });
  }

  private warnOfNoAuth(): void {
    const text =
      'auth is "none": anybody who can reach the endpoint can publish, receive and delete. Use it only locally.';
    Annotations.of(this).addWarningV2("sluice:auth-none", text);
    const reason = 'The app that deploys this asked for auth: "none" and gets a warning at every synthesis.';
    acknowledge(this, { id: "AwsSolutions-APIG4", reason });
  }
}

const HTTP_LOG_FIELDS = {
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
const REST_LOG_FIELDS = { ...HTTP_LOG_FIELDS, integrationError: "$context.integration.error" };

const REST_ACKNOWLEDGED: readonly Acknowledged[] = [
  {
    id: "AwsSolutions-APIG2",
    reason: "The function validates every request against the contract of its route.",
  },
  {
    id: "AwsSolutions-APIG3",
    reason: "A web ACL is each team's own choice: callers are IAM principals and are throttled.",
  },
  {
    id: "AwsSolutions-APIG6",
    reason: "The access log and the function's log cover this; bodies must not be logged.",
  },
  { id: "AwsSolutions-COG4", reason: "Callers are IAM principals, not users of a pool." },
  {
    id: "AwsSolutions-IAM4",
    finding: "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    reason: "API Gateway's own role for access logs, one for each account; AWS requires this policy.",
  },
];
