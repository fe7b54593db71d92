import type { JsonText } from "../../lib/client/index.js";
import type { Context } from "../context.js";
import { jsonOption } from "../json-text.js";

export const SCHEMA_OPTION = [
  "--schema <json>",
  "a JSON Schema that bodies have to fit; @PATH reads a file, @- standard input",
] as const;

/** The schema as the API takes it; false: none from now on. */
export async function schemaIn(
  schema: string | false | undefined,
  context: Context,
): Promise<{ readonly schema?: JsonText | null }> {
  if (schema === undefined) return {};
  return { schema: schema === false ? null : await jsonOption(schema, "the schema", context) };
}
