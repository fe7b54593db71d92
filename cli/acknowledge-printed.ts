import { OutputClosed } from "./output.js";

const MESSAGES_AT_MOST = 64;

/** How a group of messages is printed and settled. `print` resolves once they are written. */
export interface Steps<M> {
  readonly print: (group: readonly M[]) => Promise<void>;
  readonly acknowledge: (group: readonly M[]) => Promise<void>;
  readonly giveBack: (messages: readonly M[]) => Promise<void>;
}

/**
 * Acknowledges what was printed. Gives back the rest as soon as the reader of a pipe leaves or `stopped` aborts.
 *
 * A write into a pipe succeeds before anybody has read it. So messages go out in groups of 1, 1, 2, 4 and so on, and a
 * group is acknowledged only after the next one is written: the requests in between give a leaving reader time to close
 * the pipe. The first message goes alone and is acknowledged at once. If a reader leaves in the middle of a group it
 * has seen some of its messages, and all of them come again, since twice is better than never.
 */
export async function acknowledgePrinted<M>(
  messages: readonly M[],
  options: Steps<M> & { readonly isPiped: boolean; readonly stopped: AbortSignal },
): Promise<void> {
  const { print, acknowledge, giveBack, isPiped, stopped } = options;
  let settled = 0;
  let printed = 0;
  const settleUpTo = async (end: number): Promise<void> => {
    if (end > settled) await acknowledge(messages.slice(settled, end));
    settled = end;
  };
  try {
    while (printed < messages.length) {
      if (stopped.aborted) throw new OutputClosed();
      const end = isPiped ? Math.min(groupEnd(printed), messages.length) : messages.length;
      await print(messages.slice(printed, end));
      await settleUpTo(printed === 0 ? end : printed);
      printed = end;
    }
    await settleUpTo(printed);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
    // If only one line is open, a reader that read anything has read it.
    if (printed - settled === 1) await settleUpTo(printed);
    await giveBack(messages.slice(settled));
    throw error;
  }
}

/** Groups end at 1, 2, 4, 8 and so on, then after every `MESSAGES_AT_MOST`. */
const groupEnd = (printed: number): number => printed + Math.min(Math.max(printed, 1), MESSAGES_AT_MOST);
