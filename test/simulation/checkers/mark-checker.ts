import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { type Mark, markName } from "../../../lib/domain/mark.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { Topic, TopicRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { Watched } from "./watched.js";

/** What the subscriptions have still to do. */
interface Left {
  live(): readonly Watched[];
  isDone(watched: Watched): boolean;
}

/** A topic has its mark while there is something to look after: what has none is looked at by nobody for a day. */
export class MarkChecker {
  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly subscriptions: Left,
  ) {}

  after(who: string, { port, method, args }: Call, outcome: unknown): void {
    if (port === "marks" && method === "remove" && outcome === "removed")
      this.#mayBeWithout(`${who} took the mark away`, (args[0] as Mark).topic);
    if (port === "subscriptions" && method === "update" && outcome === "updated")
      this.#hasNews(`${who} changed a subscription`, (args[0] as Subscription).topic);
    if (port === "topics" && method === "update" && outcome === "updated")
      this.#hasNews(`${who} changed it`, args[0] as Topic);
  }

  /** A publisher was told that something is stored there. */
  published(topic: TopicRef): void {
    this.#hasNews("a publish went through", topic);
  }

  #hasNews(what: string, topic: TopicRef): void {
    if (!this.storage.marks.get(markName(topic))) this.#mayBeWithout(what, topic);
  }

  #mayBeWithout(what: string, { name, uid }: TopicRef): void {
    const left = this.subscriptions
      .live()
      .find((one) => one.subscription.topic.uid === uid && !this.subscriptions.isDone(one));
    if (left)
      this.world.violation(
        "mark",
        `${what}: ${name} has none, and ${left.subscription.name} something left to do`,
      );
  }
}
