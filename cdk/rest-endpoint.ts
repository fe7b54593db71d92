import { Duration } from "aws-cdk-lib";
import * as rest from "aws-cdk-lib/aws-apigateway";
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import type { Construct } from "constructs";
import { type Acknowledged, acknowledge } from "./acknowledge.js";
import type { ApiOptions } from "./api-options.js";
import { Callers } from "./callers.js";
import { STAGES } from "./endpoint-kind.js";
import { type ApiParts, type DomainTarget, REST_LOG_FIELDS } from "./endpoint-props.js";

/** A REST API whose paths all go to one function. */
export function makeRestApi(
  scope: Construct,
  props: ApiParts,
): {
  readonly api: rest.RestApi;
  readonly domain: DomainTarget | undefined;
  readonly callers: Callers | undefined;
} {
  const { webAclArn, disableExecuteApiEndpoint, accountLogRole, callers } = props.api;
  const api = new rest.RestApi(scope, "RestApi", {
    restApiName: props.apiName,
    ...reachOf(props.api),
    binaryMediaTypes: ["*/*"],
    cloudWatchRole: accountLogRole ?? true,
    ...(disableExecuteApiEndpoint ? { disableExecuteApiEndpoint } : {}),
    defaultMethodOptions: {
      ...authorizationOf(scope, props),
      ...(callers ? { apiKeyRequired: true } : {}),
    },
    deployOptions: {
      stageName: STAGES.rest,
      throttlingRateLimit: props.requestsPerSecond,
      throttlingBurstLimit: props.requestsBurst,
      tracingEnabled: props.tracing,
      accessLogDestination: new rest.LogGroupLogDestination(props.logs),
      accessLogFormat: rest.AccessLogFormat.custom(JSON.stringify(REST_LOG_FIELDS)),
    },
  });
  api.root.addProxy({ defaultIntegration: new rest.LambdaIntegration(props.handler), anyMethod: true });
  if (webAclArn !== undefined) {
    const resourceArn = api.deploymentStage.stageArn;
    new CfnWebACLAssociation(scope, "WebAcl", { resourceArn, webAclArn });
  }
  acknowledge(api, ...REST_ACKNOWLEDGED, ...(webAclArn === undefined ? [NO_WEB_ACL] : []));
  return {
    api,
    domain: domainOf(scope, props, api),
    callers: callers && new Callers(scope, "Callers", api, callers),
  };
}

/**
 * A private API has to have a policy. This one refuses whoever comes another way, and allows nobody: that is left to
 * the callers' own policies, or to what the API asks of them.
 */
function reachOf({ vpcEndpoints }: ApiOptions): Pick<rest.RestApiProps, "endpointConfiguration" | "policy"> {
  if (!vpcEndpoints) return { endpointConfiguration: { types: [rest.EndpointType.REGIONAL] } };
  const refused = new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ["execute-api:Invoke"],
    resources: ["execute-api:/*"],
    conditions: {
      StringNotEquals: { "aws:SourceVpce": vpcEndpoints.map(({ vpcEndpointId }) => vpcEndpointId) },
    },
  });
  return {
    endpointConfiguration: { types: [rest.EndpointType.PRIVATE], vpcEndpoints: [...vpcEndpoints] },
    policy: new PolicyDocument({ statements: [refused] }),
  };
}

function authorizationOf(
  scope: Construct,
  { auth, api: { authorizer } }: ApiParts,
): Pick<rest.MethodOptions, "authorizationType" | "authorizer"> {
  if (auth === "iam") return { authorizationType: rest.AuthorizationType.IAM };
  if (!authorizer) return { authorizationType: rest.AuthorizationType.NONE };
  return {
    authorizationType: rest.AuthorizationType.CUSTOM,
    authorizer: new rest.RequestAuthorizer(scope, "LambdaAuthorizer", {
      handler: authorizer.handler,
      identitySources: [rest.IdentitySource.header(authorizer.header ?? "Authorization")],
      resultsCacheTtl: authorizer.cache ?? Duration.seconds(0),
    }),
  };
}

function domainOf(
  scope: Construct,
  { api: { domain } }: ApiParts,
  api: rest.RestApi,
): DomainTarget | undefined {
  if (!domain) return undefined;
  const made = new rest.DomainName(scope, "Domain", {
    domainName: domain.name,
    certificate: domain.certificate,
    endpointType: rest.EndpointType.REGIONAL,
    securityPolicy: rest.SecurityPolicy.TLS_1_2,
    // The cast is needed because the CDK's types do not follow exactOptionalPropertyTypes.
    mapping: api as rest.IRestApi,
  });
  return {
    regionalDomainName: made.domainNameAliasDomainName,
    regionalHostedZoneId: made.domainNameAliasHostedZoneId,
  };
}

const NO_WEB_ACL: Acknowledged = {
  id: "AwsSolutions-APIG3",
  reason: "A web ACL is each team's own choice (api.webAclArn): callers are authorized and throttled.",
};

const REST_ACKNOWLEDGED: readonly Acknowledged[] = [
  {
    id: "AwsSolutions-APIG2",
    reason: "The function validates every request against the contract of its route.",
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
