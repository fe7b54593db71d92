import { Annotations, ArnFormat, Names, type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as rest from "aws-cdk-lib/aws-apigateway";
import * as http from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import {
  Grant,
  type GrantWithResourceOptions,
  type IGrantable,
  type PolicyStatement,
} from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type Acknowledged, acknowledge } from "./acknowledge.js";
import { type Requests, grantByPolicy } from "./grants.js";

export const ENDPOINT_KINDS = ["http", "rest"] as const;
/**
 * The kind of API Gateway. An HTTP API is cheaper and faster; a REST API works where HTTP APIs are not available, and
 * for principals of other accounts.
 */
export type EndpointKind = (typeof ENDPOINT_KINDS)[number];
export const AUTHS = ["iam", "none"] as const;
/** Who may call: IAM principals that a policy allows, with signed requests, or anybody. */
export type EndpointAuth = (typeof AUTHS)[number];

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
/** What a request's path begins with in policies. */
export const STAGES: Readonly<Record<EndpointKind, string>> = { http: "$default", rest: "prod" };

/** Of either kind of API. */
export interface EndpointMetrics {
  metricCount(options?: MetricOptions): Metric;
  metricClientError(options?: MetricOptions): Metric;
  metricLatency(options?: MetricOptions): Metric;
}

/**
 * The HTTPS endpoint. Every path goes to one function, but for receives, and IAM policies are matched against the path
 * itself.
 */
export class Endpoint extends Construct {
  /** Without a trailing slash. */
  readonly url: string;
  readonly apiId: string;
  /** How many requests were answered with a 5xx. */
  readonly serverErrors: (props: MetricOptions) => Metric;
  /** How many requests there were, and how long they took. */
  readonly measured: EndpointMetrics;
  readonly stageName: string;
  /** Undefined for an HTTP API, which knows no resource policies. */
  private readonly restApi: rest.RestApi | undefined;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    const logs = new LogGroup(this, "AccessLogs", {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
    });
    this.stageName = STAGES[props.kind];
    if (props.kind === "http") {
      const api = this.makeHttpApi(props, logs);
      this.measured = api;
      this.url = api.apiEndpoint;
      this.apiId = api.apiId;
      this.serverErrors = (options) => api.metricServerError(options);
    } else {
      const api = this.makeRestApi(props, logs);
      this.measured = api;
      this.restApi = api;
      this.serverErrors = (options) => api.metricServerError(options);
      this.url = this.restApi.urlForPath("/").replace(/\/$/, "");
      this.apiId = this.restApi.restApiId;
    }
    if (props.auth === "none") this.warnOfNoAuth();
  }

  /** The ARN that an IAM policy needs to allow `method path`. */
  requestArn(method: string, path: string): string {
    const resource = this.apiId;
    const resourceName = `${this.stageName}/${method}${path}`;
    const arnFormat = ArnFormat.SLASH_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: "execute-api", resource, resourceName, arnFormat });
  }

  /**
   * Allows `grantee` these requests, by its own policy. A REST API also has a policy of its own, for principals of
   * other accounts and those whose policy is not the app's.
   * @throws {Error} where neither can allow it
   */
  grant(grantee: IGrantable, requests: Requests): Grant {
    const actions = ["execute-api:Invoke"];
    const resourceArns = requests.map(([method, path]) => this.requestArn(method, path));
    if (this.restApi) return this.grantByEither(this.restApi, { grantee, actions, resourceArns }, requests);
    const cannot = "call an HTTP API of another account";
    const instead = 'endpoint: "rest", or a role of this account that it assumes';
    return grantByPolicy(this, { grantee, actions, resourceArns }, { cannot, instead });
  }

  private grantByEither(
    api: rest.RestApi,
    options: Pick<GrantWithResourceOptions, "grantee" | "actions" | "resourceArns">,
    requests: Requests,
  ): Grant {
    const statements: unknown[] = [];
    const resource = {
      env: api.env,
      node: api.node,
      stack: api.stack,
      addToResourcePolicy: (statement: PolicyStatement) => {
        statements.push(statement.toJSON());
        return api.addToResourcePolicy(statement);
      },
    };
    const resourceSelfArns = requests.map(
      ([method, path]) => `execute-api:/${this.stageName}/${method}${path}`,
    );
    const granted = Grant.addToPrincipalOrResource({ ...options, resource, resourceSelfArns });
    // A policy only counts once the stage is deployed again.
    for (const statement of statements) api.latestDeployment?.addToLogicalId({ statement });
    return granted;
  }

  private makeHttpApi(props: EndpointProps, logs: LogGroup): http.HttpApi {
    const api = new http.HttpApi(this, "HttpApi", { apiName: this.apiName(), createDefaultStage: false });
    const authorized = props.auth === "none" ? {} : { authorizer: new HttpIamAuthorizer() };
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
      stageName: this.stageName,
      autoDeploy: true,
      throttle: { rateLimit: props.requestsPerSecond, burstLimit: props.requestsBurst },
      accessLogSettings: {
        destination: new http.LogGroupLogDestination(logs),
        format: rest.AccessLogFormat.custom(JSON.stringify(HTTP_LOG_FIELDS)),
      },
    });
    return api;
  }

  private makeRestApi(props: EndpointProps, logs: LogGroup): rest.RestApi {
    const api = new rest.RestApi(this, "RestApi", {
      restApiName: this.apiName(),
      endpointTypes: [rest.EndpointType.REGIONAL],
      binaryMediaTypes: ["*/*"],
      cloudWatchRole: true,
      defaultMethodOptions: {
        authorizationType: props.auth === "none" ? rest.AuthorizationType.NONE : rest.AuthorizationType.IAM,
      },
      deployOptions: {
        stageName: this.stageName,
        throttlingRateLimit: props.requestsPerSecond,
        throttlingBurstLimit: props.requestsBurst,
        accessLogDestination: new rest.LogGroupLogDestination(logs),
        accessLogFormat: rest.AccessLogFormat.custom(JSON.stringify(REST_LOG_FIELDS)),
      },
    });
    api.root.addProxy({ defaultIntegration: new rest.LambdaIntegration(props.handler), anyMethod: true });
    acknowledge(api, ...REST_ACKNOWLEDGED);
    return api;
  }

  private apiName(): string {
    return Names.uniqueResourceName(this, { maxLength: 60, separator: "-" });
  }

  private warnOfNoAuth(): void {
    const text =
      'auth is "none": anybody who can reach the endpoint can publish, receive and delete. Use it only locally.';
    Annotations.of(this).addWarningV2("sluice:auth-none", text);
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
