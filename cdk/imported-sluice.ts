import { ArnFormat, RemovalPolicy, Stack, Token } from "aws-cdk-lib";
import { type ITable, Table } from "aws-cdk-lib/aws-dynamodb";
import { type Grant, type IGrantable, type IRole, Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { METRIC_DETAILS, type MetricDetail } from "../lib/domain/metrics.js";
import { ENDPOINT_KINDS, type EndpointKind, STAGES } from "./endpoint-kind.js";
import { Checks } from "./check.js";
import { type Requests, grantByPolicy } from "./grants.js";
import { type QueueParameters, checkPrefix, readParameter } from "./parameters.js";
import type { ISluice, OutboxTable } from "./queue.js";
import { SluiceBase } from "./sluice-base.js";

/** What is not known of a queue that is made elsewhere. */
export interface ImportOptions {
  /**
   * The queue's own key, if it has one: whoever is granted the outbox needs it.
   * @default - keys that AWS manages
   */
  readonly encryptionKey?: IKey;
  /**
   * What happens to this app's topics and subscriptions when they leave their stack.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /** How far the queue's metrics are told apart, as its own app says. @default "queue" */
  readonly metrics?: MetricDetail;
}

/** A queue that is made elsewhere. All of it is in the outputs of its stack, under the names that are given here. */
export interface SluiceAttributes extends ImportOptions {
  /** `QueueName`. */
  readonly queueName: string;
  /** `ApiUrl`. */
  readonly apiUrl: string;
  /** `ApiId`. */
  readonly apiId: string;
  /** The kind of API Gateway that it has. @default "http" */
  readonly endpoint?: EndpointKind;
  /** `ProvisionFunctionArn`. */
  readonly provisionFunctionArn: string;
  /** `PumpRoleArn`. */
  readonly pumpRoleArn: string;
  /** `ApiRoleArn`. */
  readonly apiRoleArn: string;
  /** `OutboxTable`. */
  readonly outboxTableName: string;
}

/** A queue that is made elsewhere, whose stack is not changed. */
class ImportedSluice extends SluiceBase {
  readonly removalPolicy: RemovalPolicy;
  readonly provisioner = undefined;
  /** Its own policy is not known. What a deployment allows is checked there. */
  readonly targetPolicy = { allowPrivate: true, allowed: [] };
  readonly appKey: string;
  readonly metrics: MetricDetail;

  /** `known` is asked for what is needed only: CloudFormation warns of parameters that nothing uses. */
  constructor(
    scope: Construct,
    id: string,
    private readonly known: (name: keyof QueueParameters) => string,
    private readonly options: ImportOptions & { readonly environmentFromArn?: string },
  ) {
    const { environmentFromArn } = options;
    super(scope, id, environmentFromArn === undefined ? {} : { environmentFromArn });
    this.removalPolicy = options.removalPolicy ?? RemovalPolicy.RETAIN;
    this.metrics = options.metrics ?? "queue";
    // No other app has a stack of this name in the account and region. The queue's own app has no slash here.
    this.appKey = `${Stack.of(this).stackName}/${this.node.addr}`;
  }

  get queueName(): string {
    return this.known("queue-name");
  }

  get apiUrl(): string {
    return this.known("api-url");
  }

  get pumpRole(): IRole {
    return this.roleOf("PumpRole", "pump-role-arn");
  }

  get signingRoles(): readonly IRole[] {
    return [this.pumpRole, this.roleOf("ApiRole", "api-role-arn")];
  }

  get outboxTable(): OutboxTable {
    const made = this.node.tryFindChild("Outbox") as ITable | undefined;
    const { encryptionKey } = this.options;
    const tableName = this.known("outbox-table-name");
    return (
      made ??
      Table.fromTableAttributes(this, "Outbox", { tableName, ...(encryptionKey ? { encryptionKey } : {}) })
    );
  }

  protected get serviceToken(): string {
    return this.known("provision-function-arn");
  }

  protected override allow(grantee: IGrantable, requests: Requests): Grant {
    const stage = Stack.of(this).formatArn({
      service: "execute-api",
      region: this.env.region,
      account: this.env.account,
      resource: this.known("api-id"),
      resourceName: this.known("api-stage"),
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const resourceArns = requests.map(([method, path]) => `${stage}/${method}${path}`);
    return grantByPolicy(this, { grantee, actions: ["execute-api:Invoke"], resourceArns }, ELSEWHERE);
  }

  private roleOf(id: string, name: keyof QueueParameters): IRole {
    const made = this.node.tryFindChild(id) as IRole | undefined;
    return made ?? Role.fromRoleArn(this, id, this.known(name));
  }
}

const ELSEWHERE = {
  cannot: "call the API of a queue that is made in another app",
  instead: "a role of the queue's account, or grant it in the app that makes the queue",
};

const REQUIRED = [
  "queueName",
  "apiUrl",
  "apiId",
  "provisionFunctionArn",
  "pumpRoleArn",
  "apiRoleArn",
  "outboxTableName",
] as const;

export function importedFromAttributes(scope: Construct, id: string, attributes: SluiceAttributes): ISluice {
  const { endpoint } = attributes;
  const checks = new Checks(scope);
  checks.oneOf("endpoint", endpoint, ENDPOINT_KINDS);
  checks.oneOf("metrics", attributes.metrics, METRIC_DETAILS);
  for (const name of REQUIRED)
    if (!attributes[name]) checks.refuse(`${name} is missing: the queue's stack has it as an output`);
  const known: QueueParameters = {
    "queue-name": attributes.queueName,
    "api-url": attributes.apiUrl,
    "api-id": attributes.apiId,
    "api-stage": STAGES[endpoint ?? "http"],
    "provision-function-arn": attributes.provisionFunctionArn,
    "pump-role-arn": attributes.pumpRoleArn,
    "api-role-arn": attributes.apiRoleArn,
    "outbox-table-name": attributes.outboxTableName,
  };
  // What only the deployment knows has to be in the account and region of whoever imports it.
  const arn = attributes.provisionFunctionArn;
  const home = Token.isUnresolved(arn) ? {} : { environmentFromArn: arn };
  return new ImportedSluice(scope, id, (name) => known[name], { ...attributes, ...home });
}

export function importedFromParameters(
  scope: Construct,
  id: string,
  prefix: string,
  options: ImportOptions,
): ISluice {
  checkPrefix(scope, "the prefix of parameters", prefix);
  new Checks(scope).oneOf("metrics", options.metrics, METRIC_DETAILS);
  return new ImportedSluice(scope, id, (name) => readParameter(scope, prefix, name), options);
}
