import type { Offset } from "../../../lib/domain/slot.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";
import type { World } from "../world.js";

/** Of one producer and key, what was acknowledged first lies first: in the same partition, at a lower offset. */
export class PublishOrder {
  /** The last message of a producer and key that was acknowledged. */
  readonly #lastOfKey = new Map<string, { readonly partition: number; readonly offset: Offset }>();

  constructor(private readonly world: World) {}

  published(
    { topic, partition, offset }: PartitionRef & { readonly offset: Offset },
    label: string,
    key: string,
  ): void {
    const place = `${topic.uid} ${label.replace(/-\d+$/, "")} ${key}`;
    const last = this.#lastOfKey.get(place);
    this.#lastOfKey.set(place, { partition, offset });
    if (!last || (last.partition === partition && last.offset < offset)) return;
    this.world.violation("order", `${label} of key ${key} lies before the one that was published before it`);
  }
}
