import type { Schedule } from "../../lib/client/index.js";
import { lines } from "../lines.js";

/** A schedule in lines, its message's fields among them. */
export function shownSchedule({ message, bodyText, ...schedule }: Schedule): string {
  const { body, bodyBase64, ...fields } = message;
  const text = bodyText ?? (bodyBase64 === undefined ? JSON.stringify(body) : `${bodyBase64} (base64)`);
  return lines({ ...schedule, ...fields, body: text });
}
