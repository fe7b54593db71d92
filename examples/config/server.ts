import { readFile, rename, writeFile } from "node:fs/promises";
import type { ReadMessage, SluiceClient } from "../../lib/client/index.js";

export const TOPIC = "settings";

/** What a server has on its disk: its settings, and the place behind the last change in them. */
export interface Kept {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly cursor?: string;
}

export interface Disk {
  readonly load: () => Promise<Kept>;
  readonly save: (kept: Kept) => Promise<void>;
}

/** A file that is replaced as a whole, so that settings and place always belong together. */
export const diskAt = (path: string): Disk => ({
  load: async () => {
    const text = await readFile(path, "utf8").catch(() => undefined);
    return text === undefined ? { settings: {} } : (JSON.parse(text) as Kept);
  },
  save: async (kept) => {
    await writeFile(`${path}.new`, JSON.stringify(kept));
    await rename(`${path}.new`, path);
  },
});

/** A server that fetches what is new now and then, and goes on from its disk after a restart. */
export class ConfigServer {
  constructor(
    private readonly queue: Pick<SluiceClient, "tail">,
    private readonly disk: Disk,
    private readonly heard: (change: ReadMessage) => void,
    private kept: Kept,
  ) {}

  static async start(
    queue: Pick<SluiceClient, "tail">,
    disk: Disk,
    heard: (change: ReadMessage) => void,
  ): Promise<ConfigServer> {
    return new ConfigServer(queue, disk, heard, await disk.load());
  }

  get settings(): Readonly<Record<string, unknown>> {
    return this.kept.settings;
  }

  /** Fetches what is new, and returns how many changes that were. */
  async fetch(): Promise<number> {
    const { cursor } = this.kept;
    const reader = this.queue.tail(TOPIC, { untilEnd: true, ...(cursor === undefined ? {} : { cursor }) });
    let changes = 0;
    for await (const { items, nextCursor } of reader.pages()) {
      const settings = { ...this.kept.settings };
      for (const change of items) {
        if (change.key === undefined || change.unreadable !== undefined) continue;
        settings[change.key] = change.body;
        this.heard(change);
      }
      changes += items.length;
      if (nextCursor === this.kept.cursor) continue;
      const kept = { settings, cursor: nextCursor };
      await this.disk.save(kept);
      this.kept = kept;
    }
    return changes;
  }
}
