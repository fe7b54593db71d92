import type { Journaled } from "../../domain/found-message.js";
import {
  type Attempt,
  JOURNAL_SHARDS,
  type JournalEntry,
  attemptsIn,
  inOrder,
} from "../../domain/journal.js";
import type { Message } from "../../domain/message.js";
import type { Page } from "../../domain/page.js";
import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { whyNotRead } from "./why-not-read.js";

/** Whoever publishes and whoever delivers have clocks that differ by no more. */
const CLOCKS_APART_MS = 5 * 60_000;
/** About what one read brings. */
const ENTRIES = 1_000;

/** What is known of the message already: whether no other attempt of it can come. */
export interface JournalSearch {
  readonly isOver: boolean;
  /** No read begins later. */
  readonly untilMs: number;
}

/**
 * The attempts of a message in one subscription. Its journal is in the order of time: it is read from the publish on,
 * until the attempt that ended the message. What the store does not answer for is left out, and said.
 */
export async function readJournal(
  engine: Engine,
  reader: Reader,
  message: Pick<Message, "partition" | "offset" | "publishedAtMs">,
  search: JournalSearch,
): Promise<Journaled> {
  const reading = new JournalReading(engine, reader, message, search);
  const shards = Array.from({ length: JOURNAL_SHARDS }, (_, shard) => shard);
  await Promise.all(shards.map((shard) => reading.readAsFarAsPossible(shard)));
  return reading.found;
}

class JournalReading {
  readonly #attempts: Attempt[] = [];
  #isPart = false;
  #why: string | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private readonly message: Pick<Message, "partition" | "offset" | "publishedAtMs">,
    private readonly search: JournalSearch,
  ) {}

  get found(): Journaled {
    const part = this.#isPart ? { isPart: true as const } : {};
    const why = this.#why === undefined ? {} : { why: this.#why };
    return { attempts: inOrder(this.#attempts), ...part, ...why };
  }

  /** A shard that cannot be read now leaves out no other. */
  async readAsFarAsPossible(shard: number): Promise<void> {
    try {
      await this.#read(shard);
    } catch (error) {
      this.#isPart = true;
      this.#why = whyNotRead(this.engine, this.reader, error);
    }
  }

  async #read(shard: number): Promise<void> {
    const { clock, journal } = this.engine;
    const { subscription } = this.reader;
    const fromMs = this.message.publishedAtMs - CLOCKS_APART_MS;
    let cursor: string | undefined;
    do {
      if (clock.nowMs() >= this.search.untilMs) {
        this.#isPart = true;
        return;
      }
      const request = { limit: ENTRIES, ...(cursor === undefined ? {} : { cursor }) };
      const page: Page<JournalEntry> = await journal.read({ subscription, shard }, fromMs, request);
      this.#attempts.push(...page.items.flatMap((entry) => attemptsIn(entry, this.message)));
      cursor = page.nextCursor;
    } while (cursor !== undefined && !this.#hasEnd);
  }

  /** Whether the attempt that ended the message is found: a later one would be of after a seek. */
  get #hasEnd(): boolean {
    return this.search.isOver && this.#attempts.some(({ outcome }) => outcome !== "failed");
  }
}
