import type { z } from "zod";
import type { ReadAnswer } from "../http/contracts/read.js";
import { withBodyTexts } from "./json-text.js";
import { parsed } from "./outcomes.js";

export interface ReadOptions {
  /**
   * Where to begin: `"earliest"`, `"latest"`, a time (RFC 3339), or a message's id. Cannot be combined with `cursor`.
   * @default "earliest"
   */
  readonly from?: string;
  /** The `nextCursor` of an earlier page. */
  readonly cursor?: string;
  /** The most messages of a page, 1 to 1000. @default 100 */
  readonly limit?: number;
  /** Only messages with this ordering key. */
  readonly key?: string;
  /** Only messages with this business key. */
  readonly businessKey?: string;
  /** How long to wait if there are no messages, 0 to 20. @default 0 */
  readonly waitSeconds?: number;
}

type Answer = z.output<typeof ReadAnswer>;

export type ReadMessage = Answer["items"][number] & {
  /** A JSON `body` as its publisher wrote it, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};

export type ReadPage = Omit<Answer, "items"> & { readonly items: readonly ReadMessage[] };

/** The page in a response. */
export function readPage(text: string): ReadPage {
  const page = parsed(text) as Answer;
  return { ...page, items: withBodyTexts("items", page.items, text) };
}
