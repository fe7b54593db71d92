/** A request that a function sent, as it went over the wire. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

/** What IAM is asked about: may this role do this to that? */
export interface AwsCall {
  readonly action: string;
  readonly resource: string;
}

/** Names what a call is made in; the emulators have one account. */
const ACCOUNT = "000000000000";
/** `Credential=KEY/DAY/REGION/SERVICE/aws4_request`: what presigned requests and strangers do not have. */
const SIGNED_FOR = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/;

/** What AWS would ask IAM about for a request; nothing for one that its sender did not sign. */
export function callsOf(request: SentRequest): readonly AwsCall[] {
  const [, region = "", service = ""] = SIGNED_FOR.exec(request.headers["authorization"] ?? "") ?? [];
  if (service === "") return [];
  const arn = (rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
  if (service === "dynamodb") return tableCalls(request, arn);
  if (service === "s3") return objectCalls(request);
  if (service === "lambda") return [functionCall(request, arn)];
  if (service === "secretsmanager") {
    const { SecretId = "" } = JSON.parse(request.body) as { SecretId?: string };
    const resource = SecretId.startsWith("arn:") ? SecretId : arn(`secret:${SecretId}`);
    return [{ action: `secretsmanager:${operationOf(request)}`, resource }];
  }
  return [{ action: `${service}:${operationOf(request)}`, resource: request.path }];
}

const operationOf = ({ headers, method }: SentRequest): string =>
  headers["x-amz-target"]?.split(".").at(-1) ?? method;

type Keyed = Readonly<Record<string, { readonly TableName?: string }>>;
interface TableRequest {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Keyed[];
}

/** A part of a transaction needs the permission of its single request. */
const PARTS: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  Get: "GetItem",
  ConditionCheck: "ConditionCheckItem",
};

function tableCalls(request: SentRequest, arn: (rest: string) => string): readonly AwsCall[] {
  const { TableName, RequestItems, TransactItems } = JSON.parse(request.body) as TableRequest;
  const call = (operation: string, table: string): AwsCall => ({
    action: `dynamodb:${operation}`,
    resource: arn(`table/${table}`),
  });
  if (TransactItems) {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([part, { TableName: table = "?" }]) => call(PARTS[part] ?? part, table)),
    );
  }
  const tables = RequestItems ? Object.keys(RequestItems) : [TableName ?? "?"];
  return tables.map((table) => call(operationOf(request), table));
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "GetObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

function objectCalls({ method, path, status }: SentRequest): readonly AwsCall[] {
  const [bucket = "", ...key] = decodeURIComponent(path.replace(/\?.*$/, "")).split("/").slice(1);
  const resource = `arn:aws:s3:::${bucket}`;
  if (key.length === 0) return [{ action: `s3:${method} of a bucket`, resource }];
  const part = path.includes("?tagging") ? "Tagging" : "";
  const call = {
    action: `s3:${OBJECT_ACTIONS[method] ?? method}${part}`,
    resource: `${resource}/${key.join("/")}`,
  };
  // S3 tells only those who may list a bucket that an object is not there; others hear that it is forbidden.
  return status === 404 ? [call, { action: "s3:ListBucket", resource }] : [call];
}

function functionCall({ method, path }: SentRequest, arn: (rest: string) => string): AwsCall {
  const [, name = ""] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
  const named = decodeURIComponent(name);
  if (method !== "POST" || named === "") return { action: `lambda:${method} ${path}`, resource: "*" };
  const resource = named.startsWith("arn:") ? named : arn(`function:${named}`);
  return { action: "lambda:InvokeFunction", resource };
}
