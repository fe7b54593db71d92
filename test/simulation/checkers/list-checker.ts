import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { MessageQuery, Queried } from "../../../lib/domain/message-query.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import { type Call, isWrite } from "../port-calls.js";
import type { World } from "../world.js";
import { type ListKind, type Listed, isAskedFor, thereNow } from "./listed.js";
import type { LogChecker } from "./log-checker.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** Two clocks apart, and a request that is under way meanwhile. */
const SKEW_MS = 250_000;

/** What a list names: a dead letter, or a message that has not ended. */
export type Named = Queried & { readonly id: string; readonly nonce?: string };

/** Somebody goes through a list, page by page. */
export interface Pass {
  readonly watched: Watched;
  readonly epoch: number;
  readonly kind: ListKind;
  readonly query: MessageQuery;
  /** What has been there all the time, and matched. */
  readonly steady: Map<string, Listed>;
  /** What was there at any time, and matched. */
  readonly ever: Set<string>;
  readonly named: string[];
}

/** A list names what is there the whole time and matches, nothing of that twice, and nothing that does not match. */
export class ListChecker {
  readonly #passes = new Set<Pass>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly known: { readonly log: LogChecker; readonly places: PlaceChecker },
  ) {}

  /** What there is to ask for. */
  there(watched: Watched, kind: ListKind): readonly Listed[] {
    return thereNow({ storage: this.storage, ...this.known }, watched, kind, this.world.nowMs);
  }

  begins(watched: Watched, kind: ListKind, query: MessageQuery): Pass {
    const { epoch } = watched.subscription;
    const pass: Pass = { watched, epoch, kind, query, steady: new Map(), ever: new Set(), named: [] };
    for (const one of this.#matching(pass)) pass.steady.set(nameOf(pass, one), one);
    this.#look(pass);
    this.#passes.add(pass);
    return pass;
  }

  after({ port, method, args }: Call): void {
    if (this.#passes.size === 0 || !isWrite({ port, method })) return;
    for (const pass of this.#passes) {
      const { subscription } = pass.watched;
      const isOfIt =
        port === "log" ||
        port === "subscriptions" ||
        (port === "progress" &&
          subscriptionKey(args[0] as SubscriptionRef) === subscriptionKey(subscription));
      if (isOfIt) this.#look(pass);
    }
  }

  /** What is not there as it was, at any moment, was not there the whole time. */
  #look(pass: Pass): void {
    const now = new Map(this.#matching(pass).map((one) => [nameOf(pass, one), one]));
    for (const [name, { place }] of pass.steady) if (now.get(name)?.place !== place) pass.steady.delete(name);
    for (const name of now.keys()) pass.ever.add(name);
  }

  #matching({ watched, kind, query }: Pass): readonly Listed[] {
    return this.there(watched, kind).filter((one) => isAskedFor(one, query));
  }

  named(pass: Pass, items: readonly Named[]): void {
    if (!this.#holds(pass)) return;
    this.#look(pass);
    for (const item of items) {
      const name = nameOf(pass, { name: item.id, place: item.nonce ?? "" });
      const { key, tag, attempt, lastError } = item;
      if (!isAskedFor({ key, tag, attempt, lastError }, pass.query) || !pass.ever.has(name))
        this.#violation(pass, `names ${name}, which does not match`);
      pass.named.push(name);
    }
  }

  ends(pass: Pass): void {
    this.#passes.delete(pass);
    if (!this.#holds(pass)) return;
    this.#look(pass);
    this.world.count(`list-gone-through-${pass.kind}`);
    const times = new Map<string, number>();
    for (const name of pass.named) times.set(name, (times.get(name) ?? 0) + 1);
    for (const [name, { isDoubtful, expiresAtMs }] of pass.steady) {
      const found = times.get(name) ?? 0;
      this.world.count("list-named-steady", found);
      if (found > 1) this.#violation(pass, `names ${name} ${found} times`);
      if (found > 0 || isDoubtful || expiresAtMs < this.world.nowMs + SKEW_MS) continue;
      this.#violation(pass, `leaves out ${name}, which was there the whole time`);
    }
  }

  /** It was not gone through to its end. */
  givesUp(pass: Pass): void {
    this.#passes.delete(pass);
  }

  #holds({ watched, epoch }: Pass): boolean {
    return !watched.isDeleted && watched.subscription.epoch === epoch;
  }

  #violation({ watched, kind, query }: Pass, text: string): void {
    const what = `the list of ${watched.subscription.name}, ${kind} ${JSON.stringify(query)},`;
    this.world.violation("list", `${what} ${text}`);
  }
}

/** A message that died anew is another dead letter. */
const nameOf = ({ kind }: Pass, { name, place }: Pick<Listed, "name" | "place">): string =>
  kind === "dead-letters" ? `${name} ${place}` : name;
