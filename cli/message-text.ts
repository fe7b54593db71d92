import type { Context } from "./context.js";
import { lines } from "./lines.js";

/** Prints a message; its body stays as its publisher wrote it. `shown`: its other fields as people read them. */
export async function printMessage(
  { stdout }: Context,
  json: boolean,
  message: { readonly body?: unknown; readonly bodyText?: string | undefined },
  shown?: string,
): Promise<void> {
  const { bodyText, body, ...fields } = message;
  const text = bodyText ?? (body === undefined ? undefined : JSON.stringify(body));
  if (!json) await stdout(`${shown ?? lines(fields)}\n${text === undefined ? "" : `body: ${text}\n`}`);
  else if (text === undefined) await stdout(`${JSON.stringify(fields)}\n`);
  else await stdout(`${JSON.stringify(fields).slice(0, -1)},"body":${text}}\n`);
}
