import type { Duration } from "aws-cdk-lib";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IInterfaceVpcEndpoint } from "aws-cdk-lib/aws-ec2";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { Checks } from "./check.js";
import type { EndpointAuth, EndpointKind } from "./endpoint-kind.js";

/** A name of your own for the API. Its DNS record is yours: an alias of the stack's output `ApiDomainTarget`. */
export interface ApiDomain {
  /** The whole name, such as "queue.example.com". */
  readonly name: string;
  /** A certificate for it, in the queue's own region. */
  readonly certificate: ICertificate;
}

/** Browsers of other origins that may call the API. */
export interface ApiCors {
  /** Such as "https://shop.example.com"; "*" is any. */
  readonly allowOrigins: readonly string[];
  /** How long a browser may remember that it may. @default - as browsers do: five seconds */
  readonly maxAge?: Duration;
}

/** Who issues the tokens (JWT) that callers send as `Authorization: Bearer`. */
export interface ApiJwt {
  /** The issuer's URL, as in the tokens' `iss`. */
  readonly issuer: string;
  /** At least one of them has to be in a token's `aud`. */
  readonly audience: readonly string[];
  /** At least one of them has to be in a token's `scope`. @default - none is asked for */
  readonly scopes?: readonly string[];
}

/** A function of yours that says who may call, by a policy for `execute-api:Invoke` on paths. */
export interface ApiAuthorizer {
  readonly handler: IFunction;
  /** The header that says who it is; without it nobody is asked, and the answer is 401. @default "Authorization" */
  readonly header?: string;
  /**
   * How long a policy is remembered for a value of that header, for all paths, up to an hour: it has to name them all.
   * @default - it is asked each time
   */
  readonly cache?: Duration;
}

/** What one caller may ask for, counted by the API key that it sends as `x-api-key`. More is answered with 429. */
export interface ApiCaller {
  readonly requestsPerSecond: number;
  /** How many may come at once. @default `requestsPerSecond` */
  readonly requestsBurst?: number;
  /** From midnight to midnight, UTC. @default - as many as come */
  readonly requestsPerDay?: number;
}

/** Settings of the API. Some belong to one kind of API Gateway only, and are refused on the other. */
export interface ApiOptions {
  /** @default - the address that API Gateway gives it */
  readonly domain?: ApiDomain;
  /** Whether the address that API Gateway gives it answers nothing: only with `domain`. @default false */
  readonly disableExecuteApiEndpoint?: boolean;
  /** HTTP APIs only. @default - browsers of no other origin */
  readonly cors?: ApiCors;
  /** Only with `auth: "jwt"`, on HTTP APIs. @default - none */
  readonly jwt?: ApiJwt;
  /** Only with `auth: "lambda"`. @default - none */
  readonly authorizer?: ApiAuthorizer;
  /** The ARN of a web ACL (WAFv2) of the queue's own region. REST APIs only. @default - none */
  readonly webAclArn?: string;
  /**
   * VPC endpoints for `execute-api` through which alone the API can be reached. REST APIs only.
   * @default - it can be reached from the internet
   */
  readonly vpcEndpoints?: readonly IInterfaceVpcEndpoint[];
  /**
   * Whether to give API Gateway a role for logs, which is one setting for all REST APIs of the account and region
   * (`AWS::ApiGateway::Account`). With false somebody else has to have set it. REST APIs only.
   * @default true
   */
  readonly accountLogRole?: boolean;
  /**
   * What each caller may ask for, by a name of yours: then every request needs the key of one of them
   * ({@link Sluice.apiKey}). The key is no password: `auth` says as before who may do what. REST APIs only.
   * @default - all callers share `requestsPerSecond`
   */
  readonly callers?: Readonly<Record<string, ApiCaller>>;
}

/** What only one kind of API Gateway can do, and what to say on the other. */
const ONLY: readonly { readonly option: keyof ApiOptions; readonly kind: EndpointKind }[] = [
  { option: "cors", kind: "http" },
  { option: "jwt", kind: "http" },
  { option: "webAclArn", kind: "rest" },
  { option: "vpcEndpoints", kind: "rest" },
  { option: "accountLogRole", kind: "rest" },
  { option: "callers", kind: "rest" },
];

const HOST_NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const ORIGIN = /^(\*|https?:\/\/[^/\s]+)$/;
const CACHE_SECONDS_AT_MOST = 3_600;
const CORS_SECONDS_AT_MOST = 86_400;
/** More than an account gets. */
const REQUESTS_AT_MOST = 1_000_000;
const DAYS_REQUESTS_AT_MOST = 2_147_483_647;

/** @throws {Error} for what this kind of API cannot do, and for what would fail in the middle of a deployment. */
export function checkApiOptions(
  queue: IConstruct,
  api: ApiOptions,
  { kind, auth }: { readonly kind: EndpointKind; readonly auth: EndpointAuth },
): void {
  const checks = new Checks(queue);
  for (const { option, kind: only } of ONLY) {
    if (api[option] === undefined || only === kind) continue;
    const name = only === "rest" ? "REST" : "HTTP";
    checks.refuse(`api.${option}: only ${name} APIs can do this; use endpoint: "${only}"`);
  }
  checkAuth(checks, api, kind, auth);
  checks.flag("api.disableExecuteApiEndpoint", api.disableExecuteApiEndpoint);
  checks.flag("api.accountLogRole", api.accountLogRole);
  if (api.disableExecuteApiEndpoint && !api.domain)
    checks.refuse("api.disableExecuteApiEndpoint: nobody could reach the API without api.domain");
  if (api.vpcEndpoints && api.domain)
    checks.refuse("api.domain: the certificate's name cannot be that of a private API; leave it out");
  if (api.vpcEndpoints?.length === 0) checks.refuse("api.vpcEndpoints: name at least one");
  checks.matches("api.domain.name", api.domain?.name, HOST_NAME, 'a name such as "queue.example.com"');
  if (api.cors?.allowOrigins.length === 0) checks.refuse("api.cors.allowOrigins: name at least one");
  for (const [index, origin] of (api.cors?.allowOrigins ?? []).entries())
    checks.matches(
      `api.cors.allowOrigins[${index}]`,
      origin,
      ORIGIN,
      'an origin such as "https://example.com"',
    );
  checks.seconds("api.cors.maxAge", api.cors?.maxAge, 0, CORS_SECONDS_AT_MOST);
  checks.seconds("api.authorizer.cache", api.authorizer?.cache, 0, CACHE_SECONDS_AT_MOST);
  if (api.callers) checkCallers(checks, api.callers);
}

function checkCallers(checks: Checks, callers: Readonly<Record<string, ApiCaller>>): void {
  if (Object.keys(callers).length === 0) checks.refuse("api.callers: name at least one");
  for (const [name, caller] of Object.entries(callers)) {
    const what = `api.callers.${checks.name("caller", name)}`;
    if (caller.requestsPerSecond === undefined)
      checks.refuse(`${what}.requestsPerSecond is missing: use a whole number from 1 to ${REQUESTS_AT_MOST}`);
    checks.within(`${what}.requestsPerSecond`, caller.requestsPerSecond, 1, REQUESTS_AT_MOST);
    checks.within(`${what}.requestsBurst`, caller.requestsBurst, 1, REQUESTS_AT_MOST);
    checks.within(`${what}.requestsPerDay`, caller.requestsPerDay, 1, DAYS_REQUESTS_AT_MOST);
  }
}

function checkAuth(
  checks: Checks,
  { jwt, authorizer }: ApiOptions,
  kind: EndpointKind,
  auth: EndpointAuth,
): void {
  if (auth === "jwt" && kind === "rest")
    checks.refuse('auth is "jwt": only HTTP APIs can do this; use endpoint: "http", or auth: "lambda"');
  if ((auth === "jwt") !== (jwt !== undefined))
    checks.refuse(jwt ? 'api.jwt: only with auth: "jwt"' : 'auth is "jwt": say in api.jwt who issues tokens');
  if ((auth === "lambda") !== (authorizer !== undefined))
    checks.refuse(
      authorizer
        ? 'api.authorizer: only with auth: "lambda"'
        : 'auth is "lambda": give its function as api.authorizer',
    );
  checks.matches("api.jwt.issuer", jwt?.issuer, /^https:\/\/\S+$/, "a URL with https");
  if (jwt?.audience.length === 0) checks.refuse("api.jwt.audience: name at least one");
}
