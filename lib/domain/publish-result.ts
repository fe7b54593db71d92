import type { SluiceError } from "./errors.js";

/** What a publish is answered with: its message is in the log, or goes there when it is due. */
export type Stored =
  | { readonly kind: "published"; readonly id: string; readonly publishedAtMs: number }
  | { readonly kind: "scheduled"; readonly id: string; readonly deliverAtMs: number };

/**
 * One message's result: stored in full, by this publish, or, as a repeat of it, by the first one with the same dedupId;
 * or not known to be stored.
 */
export type PublishResult =
  (Stored & { readonly isRepeat?: true }) | { readonly kind: "failed"; readonly error: SluiceError };
