import type { ProblemBody } from "../http/problem.js";

/** The API refused a request or could not carry it out. `code` is stable. */
export class SluiceProblem extends Error {
  override readonly name = "SluiceProblem";
  constructor(
    readonly problem: ProblemBody,
    /** How long the API asks its callers to wait. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${problem.code}: ${problem.detail}`);
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

/** No attempt got a response, so it is not known whether the request was carried out. */
export class SluiceUnreachable extends Error {
  override readonly name = "SluiceUnreachable";
  readonly code = "unreachable";
  constructor(apiUrl: string, error: unknown) {
    super(`no answer from ${apiUrl}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Node's fetch only says "fetch failed"; the reason is in the error's cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}

/** An option or argument is missing or wrong. Nothing was sent. */
export class SluiceUsageError extends TypeError {
  override readonly name = "SluiceUsageError";
  readonly code = "wrong-usage";
}

/** The given value in a form that people recognize, but never a secret's. */
export const shown = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : typeof value;

/**
 * A message's lease was lost before its handler was done, so another consumer may get the message. Its deadline could
 * not be extended in time, or the API says that the lease is gone, as after a seek.
 */
export class SluiceLeaseLost extends Error {
  override readonly name = "SluiceLeaseLost";
  readonly code = "lease-lost";
  constructor(
    readonly messageId: string,
    why: string,
  ) {
    super(`the lease of message ${messageId} is lost: ${why}`);
  }
}

/** One refused item of a bulk request: its index in the request, and why. */
export interface Refusal {
  readonly index: number;
  readonly problem: ProblemBody;
}

/** More than this would make an error text that nobody reads to its end. */
const REFUSALS_SHOWN = 3;

function refusalsText(refused: readonly Refusal[], sent: number, what: string, field: string): string {
  const shown = refused
    .slice(0, REFUSALS_SHOWN)
    .map(({ index, problem: { code, detail } }) => {
      // The detail already begins with the field if a field is what is wrong.
      const place = `${field}[${index}]`;
      return detail.startsWith(place) ? `${code}: ${detail}` : `${place}: ${code}: ${detail}`;
    })
    .join("; ");
  const more = refused.length > REFUSALS_SHOWN ? `; and ${refused.length - REFUSALS_SHOWN} more` : "";
  return `${refused.length} of ${sent} ${what}: ${shown}${more}`;
}

/** A stored message; `index` is its place in the request. */
export interface Stored {
  readonly index: number;
  readonly id: string;
  readonly publishedAt?: string;
  /** Of a delayed message: when it is published. */
  readonly deliverAt?: string;
}

/** At least one message of a publish was not stored. The others were: publish only those in `refused` again. */
export class SluiceMessagesRefused extends Error {
  override readonly name = "SluiceMessagesRefused";
  readonly code = "messages-refused";
  constructor(
    readonly stored: readonly Stored[],
    readonly refused: readonly Refusal[],
  ) {
    super(refusalsText(refused, stored.length + refused.length, "messages were not stored", "messages"));
  }
}

/**
 * At least one message was not acknowledged and may be handed out again, mostly because its lease is gone
 * (`receipt-expired`). The others are acknowledged.
 */
export class SluiceReceiptsRefused extends Error {
  override readonly name = "SluiceReceiptsRefused";
  readonly code = "receipts-refused";
  constructor(
    readonly acknowledged: readonly number[],
    readonly refused: readonly Refusal[],
  ) {
    const sent = acknowledged.length + refused.length;
    super(refusalsText(refused, sent, "messages were not acknowledged", "results"));
  }
}
