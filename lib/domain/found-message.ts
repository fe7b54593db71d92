import type { DeadLetter, DeadLetterEntry } from "./dead-letter.js";
import type { Erasure } from "./message.js";
import type { Attempt } from "./journal.js";
import type { DelayedEntry } from "./delayed.js";
import type { MessageContent } from "./message.js";
import type { OpenMessage } from "./open-message.js";
import type { ReadMessage } from "./reading.js";

/** A content that was stored, or why its bytes cannot be read. */
export type StoredContent =
  { readonly content: MessageContent } | { readonly unreadable: string; readonly content?: undefined };

/**
 * A message that was looked up by its id, and where it is. `scheduled`: it is not due yet. `outbox`: it waits there.
 * `refused`: its topic did not take it from there. `published`: it is in the log, until `expiresAtMs` at the latest.
 * `erased`: its content was taken out of the log, or on its way there; who did so is known until `expiresAtMs`.
 * `dead-letter`: the log has it no more, and a subscription's dead letters still do. Times are epoch milliseconds.
 */
export type FoundMessage = { readonly id: string; readonly topic: string } & (
  | ({ readonly state: "scheduled"; readonly entry: DelayedEntry } & StoredContent)
  | ({ readonly state: "outbox"; readonly writtenAtMs: number } & StoredContent)
  | ({
      readonly state: "refused";
      readonly writtenAtMs: number;
      readonly refusedAtMs: number;
      readonly why: string;
    } & StoredContent)
  | { readonly state: "published"; readonly message: ReadMessage; readonly expiresAtMs: number }
  | {
      readonly state: "erased";
      readonly erasure: Erasure;
      /** Unless it was not published. */
      readonly publishedAtMs?: number;
      readonly expiresAtMs: number;
    }
  | ({
      readonly state: "dead-letter";
      readonly subscription: string;
      readonly entry: DeadLetterEntry;
    } & StoredContent)
);

export const FOUND_STATES = [
  "scheduled",
  "outbox",
  "refused",
  "published",
  "erased",
  "dead-letter",
] as const satisfies readonly FoundMessage["state"][];

/**
 * What became of a published message in one subscription. `open`: it has not ended. `dead-letter`: it has no attempt
 * left, or was rejected. `before-start`: the subscription began after it, or was sought past it. `left-out`: its filter
 * does not match. `expired`: nobody gets it any more. `ended`: it was acknowledged, skipped, expired or left out.
 * `unknown`: so much is open that it was not found in time, or the store did not answer.
 */
export type TracedMessage = {
  readonly subscription: string;
  readonly journal?: Journaled;
  /** Set where a part of it could not be read now. */
  readonly notRead?: readonly NotRead[];
} & (
  | { readonly kind: "open"; readonly message: OpenMessage }
  | { readonly kind: "dead-letter"; readonly letter: DeadLetterEntry & Pick<DeadLetter, "failures"> }
  | { readonly kind: "before-start" | "left-out" | "expired" | "ended" | "unknown" }
);

/** Attempts of a message that have ended with an answer, the earliest first. */
export interface Journaled {
  readonly attempts: readonly Attempt[];
  /** There may be more: so much was delivered since that not all of it was read in time. */
  readonly isPart?: true;
  /** Why a part of it could not be read. */
  readonly why?: string;
}

export const TRACED_PARTS = ["state", "deliveries"] as const;

/** A part of a trace that the store did not answer for: the rest is told all the same. */
export interface NotRead {
  readonly part: (typeof TRACED_PARTS)[number];
  readonly why: string;
}

/** The states that a trace tells of beside those of open messages. */
export const TRACED_STATES = [
  "dead-letter",
  "before-start",
  "left-out",
  "expired",
  "ended",
  "unknown",
] as const satisfies readonly TracedMessage["kind"][];
