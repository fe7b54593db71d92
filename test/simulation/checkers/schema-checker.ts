import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { AppendOutcome } from "../../../lib/domain/append-outcome.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import { LOOSE, fitOf } from "../body-schemas.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { labelOf } from "./log-checker.js";

/** Nothing is stored that its topic's schema never took; what every schema takes is refused for no schema's sake. */
export class SchemaChecker {
  /** Whether the topic has schemas: otherwise nothing is looked at. */
  isOn = false;
  #wasLoose = false;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
  ) {}

  /** An operator is about to set this schema. */
  sets(schema: string): void {
    if (schema === LOOSE) this.#wasLoose = true;
  }

  after({ port, method, args }: Call, outcome: unknown): void {
    if (!this.isOn || port !== "log" || method !== "append") return;
    if ((outcome as AppendOutcome).kind !== "stored") return;
    for (const label of this.#labelsIn(args[1] as Slot)) {
      if (fitOf(label) < (this.#wasLoose ? 1 : 2))
        this.world.violation("schema", `${label} is stored, and no schema of its topic took it`);
    }
  }

  /** What a producer was told of a message. */
  answered(label: string, result: PublishResult): void {
    const isRefused = isRefusedBySchema(result);
    if (isRefused) this.world.count("schema-refused");
    if (isRefused && fitOf(label) === 2)
      this.world.violation("schema", `${label} fits every schema, and was refused as if it did not`);
    if (result.kind !== "failed" && fitOf(label) === 0)
      this.world.violation("schema", `${label} fits no schema, and was answered as stored`);
  }

  /** What was told of a request with a key: of one that is refused in part nothing is stored. */
  answeredWhole(labels: readonly string[], results: readonly PublishResult[]): void {
    results.forEach((result, index) => this.answered(labels[index] as string, result));
    if (results.some(isRefusedBySchema) && results.some(({ kind }) => kind !== "failed"))
      this.world.violation("schema", `some of ${labels.join()} is stored, and some refused: it has a key`);
  }

  #labelsIn(slot: Slot): readonly string[] {
    const { content } = slot;
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    try {
      return bytes ? decodeMessages(slot, bytes).map(({ body }) => labelOf(body)) : [];
    } catch (error) {
      if (error instanceof UnreadableSlot) return [];
      throw error;
    }
  }
}

export const isRefusedBySchema = (result: PublishResult | undefined): boolean =>
  result?.kind === "failed" && result.error.code === "schema-violated";
