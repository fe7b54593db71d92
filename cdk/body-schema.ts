import { compileSchema } from "../lib/adapters/json-schema/compile.js";
import { SCHEMA_BYTES_AT_MOST } from "../lib/domain/topic.js";
import { type Checks, hasToken } from "./check.js";

/** Says every mistake with its place. What holds a token is checked as it is deployed. @throws {Error} */
export function checkSchema(checks: Checks, schema: Readonly<Record<string, unknown>> | undefined): void {
  checks.complete("schema", schema);
  if (schema === undefined || hasToken(schema)) return;
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    checks.refuse("schema must be an object: a JSON Schema");
  const text = JSON.stringify(schema);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > SCHEMA_BYTES_AT_MOST)
    checks.refuse(`schema has ${sizeBytes} bytes: at most ${SCHEMA_BYTES_AT_MOST}`);
  checks.compiles("schema", () => compileSchema(text));
}
