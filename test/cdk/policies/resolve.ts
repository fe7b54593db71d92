/** A synthesized template, as far as policies need it. */
export interface TemplateJson {
  readonly Resources: Readonly<Record<string, Resource>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** What resources are called once they are deployed, by logical id. Those that are not here keep their ids. */
export type PhysicalIds = Readonly<Record<string, string>>;

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
  "AWS::URLSuffix": "amazonaws.com",
};

type ToArn = (name: string) => string;
const inRegion =
  (service: string, prefix: string, suffix = ""): ToArn =>
  (name) =>
    `arn:aws:${service}:${REGION}:${ACCOUNT}:${prefix}${name}${suffix}`;

const ARNS: Readonly<Record<string, ToArn>> = {
  "AWS::DynamoDB::Table": inRegion("dynamodb", "table/"),
  "AWS::Lambda::Function": inRegion("lambda", "function:"),
  "AWS::Logs::LogGroup": inRegion("logs", "log-group:", ":*"),
  "AWS::SecretsManager::Secret": (name) =>
    name.startsWith("arn:") ? name : inRegion("secretsmanager", "secret:")(name),
  "AWS::S3::Bucket": (name) => `arn:aws:s3:::${name}`,
  "AWS::IAM::Role": (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  // CloudFormation knows a queue by its URL.
  "AWS::SQS::Queue": (url) => inRegion("sqs", "")(url.split("/").at(-1) ?? url),
};

/** Works out what CloudFormation would make of a value of a template. */
export class Resolver {
  constructor(
    private readonly template: TemplateJson,
    private readonly physicalIds: PhysicalIds = {},
  ) {}

  /** @throws {Error} for a function that policies of this project do not use. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((member) => this.resolve(member));
    if (typeof value !== "object" || value === null) return value;
    const [[name, argument] = ["", undefined], ...others] = Object.entries(value);
    if (others.length === 0 && name === "Ref") return this.reference(String(argument));
    if (others.length === 0 && name.startsWith("Fn::")) return this.call(name, argument);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.resolve(member)]));
  }

  reference(id: string): string {
    return PSEUDO[id] ?? this.physicalIds[id] ?? id;
  }

  private call(name: string, argument: unknown): unknown {
    if (name === "Fn::Join") {
      const [separator, parts] = argument as [string, readonly unknown[]];
      return (this.resolve(parts) as readonly unknown[]).join(separator);
    }
    if (name === "Fn::GetAtt") return this.attribute(...(argument as [string, string]));
    throw new Error(`${name} is not known here: ${JSON.stringify(argument)}`);
  }

  private attribute(id: string, attribute: string): string {
    const type = this.template.Resources[id]?.Type ?? "?";
    const toArn = ARNS[type];
    if (toArn && attribute === "Arn") return toArn(this.reference(id));
    if (toArn && attribute === "StreamArn") return `${toArn(this.reference(id))}/stream/1`;
    throw new Error(`${type} has no attribute ${attribute} that is known here`);
  }
}
