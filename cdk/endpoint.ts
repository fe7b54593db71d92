import { Annotations, ArnFormat, Names, Stack } from "aws-cdk-lib";
import type { ApiKey, RestApi } from "aws-cdk-lib/aws-apigateway";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import {
  Grant,
  type GrantWithResourceOptions,
  type IGrantable,
  type PolicyStatement,
} from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Callers } from "./callers.js";
import { Checks } from "./check.js";
import { type EndpointAuth, STAGES } from "./endpoint-kind.js";
import type { DomainTarget, EndpointProps } from "./endpoint-props.js";
import { type Requests, grantByPolicy } from "./grants.js";
import { makeHttpApi } from "./http-endpoint.js";
import { makeRestApi } from "./rest-endpoint.js";

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
  /** What the DNS record of a name of your own leads to. */
  readonly domain: DomainTarget | undefined;
  /** Undefined for an HTTP API, which knows no resource policies. */
  private readonly restApi: RestApi | undefined;
  private readonly auth: EndpointAuth;
  private readonly callers: Callers | undefined;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    const logs = new LogGroup(this, "AccessLogs", {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
      ...(props.logKey ? { encryptionKey: props.logKey } : {}),
    });
    this.auth = props.auth;
    this.stageName = STAGES[props.kind];
    const apiName = Names.uniqueResourceName(this, { maxLength: 60, separator: "-" });
    const own = props.api.domain && `https://${props.api.domain.name}`;
    if (props.kind === "http") {
      const { api, domain } = makeHttpApi(this, { ...props, apiName, logs });
      this.measured = api;
      this.domain = domain;
      this.url = own ?? api.apiEndpoint;
      this.apiId = api.apiId;
      this.serverErrors = (options) => api.metricServerError(options);
    } else {
      const { api, domain, callers } = makeRestApi(this, { ...props, apiName, logs });
      this.callers = callers;
      this.measured = api;
      this.domain = domain;
      this.restApi = api;
      this.serverErrors = (options) => api.metricServerError(options);
      this.url = own ?? api.urlForPath("/").replace(/\/$/, "");
      this.apiId = api.restApiId;
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

  /** @throws {Error} for a caller that was not named */
  keyOf(caller: string): ApiKey {
    const key = this.callers?.keyOf(caller);
    return key ?? new Checks(this).refuse(`api.callers has no "${caller}"`);
  }

  /**
   * Allows `grantee` these requests, by its own policy. A REST API also has a policy of its own, for principals of
   * other accounts and those whose policy is not the app's.
   * @throws {Error} where neither can allow it
   */
  grant(grantee: IGrantable, requests: Requests): Grant {
    const who = { jwt: "its issuer", lambda: "api.authorizer" };
    if (this.auth === "jwt" || this.auth === "lambda")
      new Checks(this).refuse(
        `auth is "${this.auth}": IAM is not asked, so let ${who[this.auth]} decide who may call`,
      );
    const actions = ["execute-api:Invoke"];
    const resourceArns = requests.map(([method, path]) => this.requestArn(method, path));
    if (this.restApi) return this.grantByEither(this.restApi, { grantee, actions, resourceArns }, requests);
    const cannot = "call an HTTP API of another account";
    const instead = 'endpoint: "rest", or a role of this account that it assumes';
    return grantByPolicy(this, { grantee, actions, resourceArns }, { cannot, instead });
  }

  private grantByEither(
    api: RestApi,
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

  private warnOfNoAuth(): void {
    const text =
      'auth is "none": anybody who can reach the endpoint can publish, receive and delete. Use it only locally.';
    Annotations.of(this).addWarningV2("sluice:auth-none", text);
  }
}
