import { type ReadOptions, type ReadPage, readPage } from "./read.js";
import { queryOf } from "./send.js";
import { Tail, type TailOptions, tailSettings } from "./tail.js";
import type { RequestOptions, Transport } from "./transport.js";

/** Reads one topic without a subscription. */
export class TopicReader {
  constructor(
    private readonly topic: string,
    private readonly path: string,
    private readonly transport: Transport,
  ) {}

  async read(options: ReadOptions, request?: RequestOptions): Promise<ReadPage> {
    return readPage(
      await this.transport.request("GET", `${this.path}${queryOf(options)}`, undefined, request),
    );
  }

  /** @throws {SluiceUsageError} */
  tail(options: TailOptions): Tail {
    const read = (asked: ReadOptions, signal: AbortSignal) => this.read(asked, { signal, attempts: 1 });
    return new Tail(read, tailSettings(this.topic, options));
  }
}
