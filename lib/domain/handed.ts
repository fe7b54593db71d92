import type { Message } from "./message.js";

/** A message as it is handed out. */
export interface Handed extends Message {
  readonly receipt: string;
  /** 1 the first time. */
  readonly attempt: number;
  readonly firstReceivedAtMs: number;
  /** Why it failed last, in its consumer's words. */
  readonly lastError?: string;
  /** It may be what ended its last consumer: nothing should be handled beside it but what comes with it. */
  readonly isApart?: true;
}
