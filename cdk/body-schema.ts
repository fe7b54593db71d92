import { compileSchema } from "../lib/adapters/json-schema/compile.js";
import { InvalidRequest } from "../lib/domain/errors.js";
import { SCHEMA_BYTES_AT_MOST } from "../lib/domain/topic.js";
import { type Checks, hasToken } from "./check.js";

/** Says every mistake with its place. What holds a token is checked as it is deployed. @throws {Error} */
export function checkSchema(checks: Checks, schema: Readonly<Record<string, unknown>> | undefined): void {
  if (schema === undefined || hasToken(schema)) return;
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    checks.refuse("schema must be an object: a JSON Schema");
  const text = JSON.stringify(schema);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > SCHEMA_BYTES_AT_MOST)
    checks.refuse(`schema has ${sizeBytes} bytes: at most ${SCHEMA_BYTES_AT_MOST}`);
  try {
    compileSchema(text);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    const mistakes = error.errors.map(
      ({ path, detail }) => `schema${path === "" ? "" : `.${path}`} ${detail}`,
    );
    checks.refuse(mistakes.join("; "));
  }
}
