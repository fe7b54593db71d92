import { headerOfText } from "../../lib/http/headers.js";
import { pathProblem } from "../../lib/http/path.js";
import type { ApiAnswer, ApiRequest, HeaderField } from "../../lib/http/request.js";

type Texts = Readonly<Record<string, string | undefined>> | null;
type Lists = Readonly<Record<string, readonly string[] | undefined>> | null;

interface CommonEvent {
  readonly headers?: Texts;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** An HTTP API's event (payload format 2.0). It joins headers that were sent twice. */
export interface HttpApiEvent extends CommonEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly requestContext: {
    readonly http: { readonly method: string; readonly path?: string; readonly sourceIp?: string | null };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string | null } };
  };
}

/** A REST API's event (payload format 1.0). */
export interface RestApiEvent extends CommonEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly multiValueHeaders?: Lists;
  readonly queryStringParameters?: Texts;
  readonly multiValueQueryStringParameters?: Lists;
  readonly requestContext?: {
    readonly path?: string;
    readonly identity?: { readonly userArn?: string | null; readonly sourceIp?: string | null };
  };
}

export type GatewayEvent = HttpApiEvent | RestApiEvent;

export interface GatewayResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/**
 * Reads the request from either gateway's event, with the path that the gateway matched against the caller's policy.
 */
export function requestOf(event: GatewayEvent): ApiRequest {
  return "httpMethod" in event
    ? {
        method: event.httpMethod,
        path: pathOf(event.path, event.requestContext?.path),
        query: pairsOf(event.multiValueQueryStringParameters, event.queryStringParameters),
        headers: headersOf(event.multiValueHeaders, event.headers),
        ...signedBy(event.requestContext?.identity?.userArn),
        ...sentFrom(event.requestContext?.identity?.sourceIp),
        ...bodyOf(event),
      }
    : {
        method: event.requestContext.http.method,
        path: pathOf(event.rawPath, event.requestContext.http.path),
        query: [...new URLSearchParams(event.rawQueryString ?? "")],
        headers: headersOf(undefined, event.headers),
        ...signedBy(event.requestContext.authorizer?.iam?.userArn),
        ...sentFrom(event.requestContext.http.sourceIp),
        ...bodyOf(event),
      };
}

/** The principal whose signature the gateway has checked. */
const signedBy = (userArn: string | null | undefined): Pick<ApiRequest, "principal"> =>
  userArn ? { principal: userArn } : {};

const sentFrom = (sourceIp: string | null | undefined): Pick<ApiRequest, "address"> =>
  sourceIp ? { address: sourceIp } : {};

/**
 * A gateway gives the path twice, once with its stage in front. If either of them is to be refused, returns that one.
 */
function pathOf(path: string, behindStage: string | undefined): string {
  return behindStage !== undefined && pathProblem(behindStage) !== undefined ? behindStage : path;
}

function pairsOf(lists: Lists | undefined, texts: Texts | undefined): [name: string, value: string][] {
  const single = Object.entries(texts ?? {}).map(([name, text]): [string, string] => [name, text ?? ""]);
  if (!lists) return single;
  return Object.entries(lists).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
}

const headersOf = (lists: Lists | undefined, texts: Texts | undefined): HeaderField[] =>
  pairsOf(lists, texts).map(([name, value]) => headerOfText(name, value));

/** The signal never aborts: a function is not told when its caller leaves. */
function bodyOf({ body, isBase64Encoded }: GatewayEvent): Pick<ApiRequest, "body" | "signal"> {
  const { signal } = new AbortController();
  if (!body) return { signal };
  return { body: [Buffer.from(body, isBase64Encoded ? "base64" : "utf8")], signal };
}

/**
 * A response in Lambda's form. Lambda takes 6 MB, counted as JSON. Text that escaping would make larger than base64
 * does goes as base64, which the gateway decodes.
 */
export function resultOf({ status, headers, body }: ApiAnswer): GatewayResult {
  const isBase64Encoded = escapedBytes(body) > (Buffer.byteLength(body) * 4) / 3;
  const text = isBase64Encoded ? Buffer.from(body).toString("base64") : body;
  return { statusCode: status, headers, body: text, isBase64Encoded };
}

/** No shorter response comes near the limit. */
const SMALL_CHARACTERS = 500_000;

const escapedBytes = (text: string): number =>
  text.length < SMALL_CHARACTERS ? 0 : Buffer.byteLength(JSON.stringify(text));
