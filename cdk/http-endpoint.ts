import { Duration } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import * as http from "aws-cdk-lib/aws-apigatewayv2";
import {
  HttpIamAuthorizer,
  HttpJwtAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Construct } from "constructs";
import type { ApiCors } from "./api-options.js";
import { STAGES } from "./endpoint-kind.js";
import { type ApiParts, type DomainTarget, HTTP_LOG_FIELDS } from "./endpoint-props.js";

/**
 * A REST API would answer all paths that begin like this one by itself, instead of passing them on to the other
 * function.
 */
const RECEIVE_PATH = "/v1/topics/{topic}/subscriptions/{subscription}/receive";
/** Reads may wait, too. What is published to the same path is not a GET, and goes to the other function. */
const READ_PATH = "/v1/topics/{topic}/messages";

const { GET, HEAD, PUT, POST, PATCH, DELETE, ANY } = http.HttpMethod;
/** All but OPTIONS, which the API answers by itself only where no route takes it. */
const WITHOUT_OPTIONS = [GET, HEAD, PUT, POST, PATCH, DELETE];

/** An HTTP API whose paths all go to one function, but for requests that wait. */
export function makeHttpApi(
  scope: Construct,
  props: ApiParts,
): { readonly api: http.HttpApi; readonly domain: DomainTarget | undefined } {
  const { cors, disableExecuteApiEndpoint } = props.api;
  const api = new http.HttpApi(scope, "HttpApi", {
    apiName: props.apiName,
    createDefaultStage: false,
    ...(disableExecuteApiEndpoint ? { disableExecuteApiEndpoint } : {}),
    ...(cors ? { corsPreflight: corsOf(cors) } : {}),
  });
  const authorized = authorizationOf(props);
  api.addRoutes({
    path: "/{proxy+}",
    methods: cors ? WITHOUT_OPTIONS : [ANY],
    integration: new HttpLambdaIntegration("Integration", props.handler),
    ...authorized,
  });
  if (props.receiveHandler) {
    const integration = new HttpLambdaIntegration("ReceiveIntegration", props.receiveHandler);
    api.addRoutes({ path: RECEIVE_PATH, methods: [POST], integration, ...authorized });
    api.addRoutes({ path: READ_PATH, methods: [GET], integration, ...authorized });
  }
  const stage = new http.HttpStage(scope, "Stage", {
    httpApi: api,
    stageName: STAGES.http,
    autoDeploy: true,
    throttle: { rateLimit: props.requestsPerSecond, burstLimit: props.requestsBurst },
    accessLogSettings: {
      destination: new http.LogGroupLogDestination(props.logs),
      format: AccessLogFormat.custom(JSON.stringify(HTTP_LOG_FIELDS)),
    },
  });
  return { api, domain: domainOf(scope, props, api, stage) };
}

/** A star does not stand for the header that carries signatures and tokens. */
const corsOf = ({ allowOrigins, maxAge }: ApiCors): http.CorsPreflightOptions => ({
  allowOrigins: [...allowOrigins],
  allowMethods: [http.CorsHttpMethod.ANY],
  allowHeaders: ["authorization", "*"],
  exposeHeaders: ["*"],
  ...(maxAge ? { maxAge } : {}),
});

function authorizationOf({
  auth,
  api: { jwt, authorizer },
}: ApiParts): Pick<http.AddRoutesOptions, "authorizer" | "authorizationScopes"> {
  if (auth === "iam") return { authorizer: new HttpIamAuthorizer() };
  if (jwt) {
    const audience = { jwtAudience: [...jwt.audience] };
    return {
      authorizer: new HttpJwtAuthorizer("JwtAuthorizer", jwt.issuer, audience),
      ...(jwt.scopes ? { authorizationScopes: [...jwt.scopes] } : {}),
    };
  }
  if (!authorizer) return {};
  return {
    authorizer: new HttpLambdaAuthorizer("LambdaAuthorizer", authorizer.handler, {
      // A policy names paths; a mere yes would be one for all of them.
      responseTypes: [HttpLambdaResponseType.IAM],
      identitySource: [`$request.header.${authorizer.header ?? "Authorization"}`],
      resultsCacheTtl: authorizer.cache ?? Duration.seconds(0),
    }),
  };
}

function domainOf(
  scope: Construct,
  { api: { domain } }: ApiParts,
  api: http.HttpApi,
  stage: http.HttpStage,
): DomainTarget | undefined {
  if (!domain) return undefined;
  const { name: domainName, certificate } = domain;
  const made = new http.DomainName(scope, "Domain", { domainName, certificate });
  new http.ApiMapping(scope, "Mapping", { api, domainName: made, stage });
  return made;
}
