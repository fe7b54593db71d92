/**
 * What a consumer says of one message of its lease. Times are epoch milliseconds. `retry`: hand it out again at
 * `dueMs`, with `error` as the reason. `extend`: its deadline is `dueMs`, sooner or later than it was.
 */
export type Word =
  | { readonly kind: "ack" }
  | { readonly kind: "retry"; readonly dueMs: number; readonly error?: string }
  | { readonly kind: "extend"; readonly dueMs: number };
