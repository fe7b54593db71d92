import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import { shortened } from "../../domain/progress/shortened.js";
import type { WebhookSecrets } from "../../domain/webhook/secrets.js";
import type { Posted } from "./post.js";

const NONE_FAILED: ReadonlySet<string> = new Set();
/** No wait that is asked for is longer. */
const WAIT_AT_MOST_MS = 86_400_000;
const UNPRINTABLE = /[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]+/g;
/** A text that is shorter is no secret, and would be struck out wherever it occurs. */
const SECRET_AT_LEAST_CHARACTERS = 6;

/**
 * What an answer means for the messages of a delivery. 429, 503, 410 and a receiver that cannot be reached say nothing
 * about them; every other status, and no answer, is a failed attempt.
 */
export function outcomeOf(posted: Posted, secrets: WebhookSecrets, nowMs: number): DeliveryOutcome {
  switch (posted.kind) {
    case "forbidden":
      return { kind: "unavailable", reason: "forbidden", error: posted.error };
    case "not-connected":
      return { kind: "unavailable", reason: "unreachable", error: posted.error };
    case "unanswered":
      return { kind: "failed", error: posted.error };
    case "answered":
      return answerOutcome(posted, secrets, nowMs);
  }
}

function answerOutcome(
  { status, retryAfter, text }: Extract<Posted, { kind: "answered" }>,
  secrets: WebhookSecrets,
  nowMs: number,
): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: "answered", failedIds: NONE_FAILED, status };
  const said = withoutSecrets(text, secrets).replace(UNPRINTABLE, " ").trim();
  const isRedirect = status >= 300 && status < 400;
  const answer = `answered ${status}${isRedirect ? ", and redirects are not followed" : ""}`;
  const error = shortened(said === "" ? answer : `${answer}: ${said}`);
  if (status === 410) return { kind: "unavailable", reason: "gone", error, status };
  if (status !== 429 && status !== 503) return { kind: "failed", error, status };
  const retryAfterMs = waitMs(retryAfter, nowMs);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "unavailable", reason: "throttled", error, status, ...wait };
}

/** Of `Retry-After`: seconds, or a date. */
function waitMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const text = retryAfter.trim();
  // A parser of dates makes something of almost any text.
  const dateMs = text.endsWith(" GMT") ? Date.parse(text) - nowMs : NaN;
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : dateMs;
  return Number.isNaN(ms) ? undefined : Math.min(WAIT_AT_MOST_MS, Math.max(0, ms));
}

/** Receivers may repeat what they were sent. */
function withoutSecrets(text: string, { signing, previous, headers }: WebhookSecrets): string {
  const all = [signing, previous?.signing, ...Object.values(headers)];
  return all
    .filter((secret) => secret !== undefined && secret.length >= SECRET_AT_LEAST_CHARACTERS)
    .reduce<string>((left, secret) => left.replaceAll(secret as string, "***"), text);
}
