import type { Topic, TopicRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/** A topic's name may have several lives, one after the other: a publish goes into the one of its time. */
export class LifeChecker {
  /** By topic name: when the present life was made, and its uid. */
  readonly #made = new Map<string, { readonly uid: string; readonly atMs: number }>();

  constructor(private readonly world: World) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port !== "topics" || method !== "create" || (outcome as { kind: string }).kind !== "created") return;
    const { name, uid } = args[0] as Topic;
    // Sent twice, it is made once.
    if (this.#made.get(name)?.uid !== uid) this.#made.set(name, { uid, atMs: this.world.nowMs });
  }

  /** A producer was told that what it sent at that time is stored. */
  published({ name, uid }: TopicRef, label: string, sentAtMs: number): void {
    const present = this.#made.get(name);
    if (!present || present.uid === uid || sentAtMs <= present.atMs) return;
    const lateMs = sentAtMs - present.atMs;
    this.world.violation(
      "life",
      `${label} went into ${name}.${uid}, ${lateMs} ms after ${name}.${present.uid} was made`,
    );
  }
}
