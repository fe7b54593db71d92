import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import { TOPIC_DEFAULTS } from "../../lib/domain/topic.js";
import { openApiDocument } from "../../lib/http/openapi.js";
import { routes } from "../../lib/http/routes/index.js";
import { page } from "./pages.js";

interface Schema {
  readonly [name: string]: unknown;
}

/** Follows names, `items` and references through the document that the API serves. */
function at(...path: readonly string[]): Schema {
  const document = openApiDocument(routes) as unknown as Schema;
  const resolved = (value: unknown): Schema => {
    const schema = value as Schema;
    if (typeof schema["$ref"] === "string") {
      return resolved(
        schema["$ref"]
          .slice(2)
          .split("/")
          .reduce((part, name) => part[name] as Schema, document),
      );
    }
    const { allOf, anyOf } = schema as { allOf?: unknown[]; anyOf?: unknown[] };
    return allOf?.[0]
      ? resolved(allOf[0])
      : anyOf?.[0] && !schema["properties"]
        ? resolved(anyOf[0])
        : schema;
  };
  return path.reduce((schema, name) => resolved(schema[name]), document);
}

const bodyOf = (path: string, method: string): readonly string[] => [
  "paths",
  path,
  method,
  "requestBody",
  "content",
  "application/json",
  "schema",
  "properties",
];
const TOPIC = bodyOf("/v1/topics/{topic}", "put");
const SUBSCRIPTION = bodyOf("/v1/topics/{topic}/subscriptions/{subscription}", "put");
const RECEIVE = bodyOf("/v1/topics/{topic}/subscriptions/{subscription}/receive", "post");

const number = (value: unknown): string => Number(value).toLocaleString("en-US");
const range = ({ minimum, maximum }: Schema, more?: number): string =>
  `${number(minimum)} to ${number(maximum)}${more === undefined ? "" : `, default ${number(more)}`}`;

it("GIVEN what the API serves as its limits WHEN the page is read THEN it says the same", async () => {
  const { batch, maxConcurrency } = SUBSCRIPTION_DEFAULTS;
  const batchOf = [...SUBSCRIPTION, "batch", "properties"];
  const expected = {
    partitions: range(at(...TOPIC, "partitions"), TOPIC_DEFAULTS.partitions),
    retention: `${range(at(...TOPIC, "retentionSeconds"))} seconds`,
    description: `${number(at(...TOPIC, "description")["maxLength"])} characters`,
    "messages in one receive": range(at(...RECEIVE, "maxMessages"), 10),
    "long poll": `${number(at(...RECEIVE, "waitSeconds")["maximum"])} seconds`,
    "ack deadline": `${range(at(...SUBSCRIPTION, "ackDeadlineSeconds"))} seconds`,
    "`maxConcurrency`": range(at(...SUBSCRIPTION, "maxConcurrency"), maxConcurrency),
    "messages in one delivery": range(at(...batchOf, "maxMessages"), batch.maxMessages),
    "bytes in one delivery": range(at(...batchOf, "maxBytes"), batch.maxBytes),
  };
  const { text } = await page("docs/limits.md");
  const rows = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const written = Object.keys(expected).map((name) => [name, rows.find(([, first]) => first === name)?.[2]]);
  expect(Object.fromEntries(written)).toEqual(expected);
});
