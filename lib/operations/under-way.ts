import { type PartitionRef, partitionKey } from "../domain/topic.js";

/** The partitions that this process is appending to: of two appends to one of them, one would lose its race. */
export class UnderWay {
  readonly #appends = new Map<string, number>();

  begin(partition: PartitionRef): void {
    const key = partitionKey(partition);
    this.#appends.set(key, (this.#appends.get(key) ?? 0) + 1);
  }

  end(partition: PartitionRef): void {
    const key = partitionKey(partition);
    const left = (this.#appends.get(key) ?? 0) - 1;
    if (left > 0) this.#appends.set(key, left);
    else this.#appends.delete(key);
  }

  has(partition: PartitionRef): boolean {
    return this.#appends.has(partitionKey(partition));
  }
}
