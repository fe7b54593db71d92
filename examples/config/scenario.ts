import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ReadMessage, SluiceClient } from "../../lib/client/index.js";
import { ConfigServer, type Disk, TOPIC, diskAt } from "./server.js";

export interface ConfigOptions {
  readonly changes: number;
  readonly servers: number;
  /** Between two changes. */
  readonly gapMs: number;
  /** Each server fetches once in so long, on average. */
  readonly everyMs: number;
  readonly say: (text: string) => void;
}

/** How it went. */
export interface ConfigReport {
  readonly servers: number;
  readonly changes: number;
  readonly settings: number;
  readonly fetches: number;
  /** Those that found nothing new. */
  readonly inVain: number;
  readonly restarts: number;
  /** Of those, in the midst of a fetch: settings were heard of and not kept. */
  readonly crashes: number;
  /** From the publish of a change until a server has it. */
  readonly heardP50Ms: number;
  readonly heardP99Ms: number;
  /** Servers whose settings are what the service published last. */
  readonly equal: number;
  /** After the last change. */
  readonly equalAfterMs: number;
}

const NAMES = ["theme", "currency", "maxCarts", "banner", "shipping", "search", "checkout", "languages"];
const RESTARTS = 0.1;
const CRASHES = 0.05;
const PATIENCE_MS = 60_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A service publishes changes of settings while servers come up, fetch, crash and restart. */
export async function runConfig(queue: SluiceClient, options: ConfigOptions): Promise<ConfigReport> {
  const { changes, servers, everyMs, say } = options;
  const directory = await mkdtemp(join(tmpdir(), "sluice-config-"));
  const fleet = Array.from(
    { length: servers },
    (_, index) => new Fleeting(queue, join(directory, `${index}.json`)),
  );
  let isOver = false;
  const live = async (server: Fleeting, index: number): Promise<void> => {
    // The last ones come up late, with nothing on their disks.
    await sleep(index < servers - 2 ? 0 : (options.gapMs * changes) / 2);
    while (!isOver) {
      await server.fetch();
      await sleep(everyMs * (0.5 + Math.random()));
    }
  };
  try {
    say(`${servers} servers fetch what is new, and ${changes} changes are published ...`);
    const lives = Promise.all(fleet.map(live));
    const published = await publishChanges(queue, options);
    const publishedMs = Date.now();
    const isEqual = (server: Fleeting): boolean => isDeepStrictEqual(server.settings, published);
    while (!fleet.every(isEqual) && Date.now() - publishedMs < PATIENCE_MS) await sleep(everyMs / 10);
    const equalAfterMs = Date.now() - publishedMs;
    isOver = true;
    await lives;
    const sum = (count: (server: Fleeting) => number): number =>
      fleet.reduce((total, server) => total + count(server), 0);
    const heard = fleet.flatMap((server) => server.heardMs).sort((one, other) => one - other);
    return {
      ...{ servers, changes, settings: Object.keys(published).length },
      fetches: sum(({ fetches }) => fetches),
      inVain: sum(({ inVain }) => inVain),
      restarts: sum(({ restarts }) => restarts),
      crashes: sum(({ crashes }) => crashes),
      heardP50Ms: quantile(heard, 0.5),
      heardP99Ms: quantile(heard, 0.99),
      equal: fleet.filter(isEqual).length,
      equalAfterMs,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the settings as they are in the end. */
async function publishChanges(
  queue: SluiceClient,
  { changes, gapMs }: ConfigOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const settings: Record<string, unknown> = {};
  for (let revision = 1; revision <= changes; revision++) {
    const key = NAMES[Math.floor(Math.random() * NAMES.length)] ?? "theme";
    settings[key] = { revision, value: Math.round(Math.random() * 1_000) };
    await queue.publish(TOPIC, [{ key, body: settings[key] }]);
    await sleep(gapMs);
  }
  return settings;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

class Crash extends Error {
  override readonly name = "Crash";
}

/** A server that is restarted now and then, also in the midst of a fetch. Only its disk outlives that. */
class Fleeting {
  fetches = 0;
  inVain = 0;
  restarts = 0;
  crashes = 0;
  readonly heardMs: number[] = [];
  #server: ConfigServer | undefined;
  readonly #disk: Disk;

  constructor(
    private readonly queue: SluiceClient,
    path: string,
  ) {
    const disk = diskAt(path);
    this.#disk = {
      ...disk,
      save: async (kept) => {
        if (Math.random() < CRASHES) throw new Crash("it is killed before it has kept what it heard");
        await disk.save(kept);
      },
    };
  }

  get settings(): Readonly<Record<string, unknown>> {
    return this.#server?.settings ?? {};
  }

  async fetch(): Promise<void> {
    this.#server ??= await ConfigServer.start(this.queue, this.#disk, (change) => this.#hears(change));
    try {
      const changes = await this.#server.fetch();
      this.fetches++;
      if (changes === 0) this.inVain++;
      if (Math.random() < RESTARTS) this.#restart();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.crashes++;
      this.#restart();
    }
  }

  #restart(): void {
    this.restarts++;
    this.#server = undefined;
  }

  #hears({ publishedAt }: ReadMessage): void {
    this.heardMs.push(Date.now() - Date.parse(publishedAt));
  }
}
