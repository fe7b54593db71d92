import { JsonText, SluiceUsageError } from "../lib/client/index.js";
import { type Context, UsageError } from "./context.js";
import { fileText } from "./file-text.js";

/** The JSON of an option; `@PATH` reads a file, and `@-` standard input. `what`: such as `the filter`. */
export async function jsonOption(option: string, what: string, context: Context): Promise<JsonText> {
  const text = option.startsWith("@")
    ? await fileText(option.slice(1), context, `${what} is missing: standard input is empty`)
    : option;
  return jsonText(text, what);
}

/** @throws {UsageError} that names `what` is not valid JSON */
export function jsonText(text: string, what: string): JsonText {
  try {
    return new JsonText(text);
  } catch (error) {
    throw error instanceof SluiceUsageError ? new UsageError(`${what}: ${error.message}`) : error;
  }
}
