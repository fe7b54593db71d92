import {
  DELAYED_KEYS,
  type Delayed,
  delayedEntry,
  delayedGroup,
  delayedKey,
  placeAfter,
} from "../../domain/delayed.js";
import { invariant } from "../../domain/invariant.js";
import { cursorBehind, keyIn } from "../../domain/page.js";
import { type DelayedStore, PUT_LIMIT } from "../../domain/ports/delayed-store.js";
import type { DelayPart } from "../../domain/together.js";
import type { TopicRef } from "../../domain/topic.js";
import { putClaim, refusedClaims } from "./records.js";
import { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, answered, copy } from "./storage.js";
import { timerKeyOf } from "./timer-store.js";

const NOTHING_BESIDE = { claims: [], nowMs: 0 };

/** As a transaction's token: a repeat of the same call is told apart for so many calls. */
const CALLS_KNOWN = 10_000;

export function memoryDelayedStore(storage: MemoryStorage): DelayedStore {
  const { delayed: groups, cancelled } = storage;
  const all = (topic: TopicRef): readonly (readonly [string, Delayed])[] =>
    Array.from({ length: DELAYED_KEYS }, (_, key) => groups.get(delayedGroup(topic, key)))
      .flatMap((group) => [...(group?.entries() ?? [])])
      .sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    put: async (topic, delayed, timers, { claims, nowMs } = NOTHING_BESIDE) => {
      await answered();
      const items = delayed.length + timers.length + claims.length;
      invariant(items <= PUT_LIMIT, "it is one transaction");
      if (delayed.length === 0 || isKnownPut(storage, delayed)) return [];
      const refusals = refusedClaims(storage, claims, nowMs);
      if (refusals.length === 0) applyDelay(storage, { topic, delayed, timers, claims, nowMs });
      return refusals;
    },
    get: async (topic, id) => {
      await answered();
      const key = delayedKey(topic, id);
      const one = key && groups.get(key.group)?.get(key.place);
      return one && copy(one);
    },
    due: async (topic, untilMs, limit) => {
      await answered();
      const due = all(topic).filter(([place]) => place < placeAfter(untilMs));
      return due.slice(0, limit).map(([, one]) => copy(one));
    },
    list: async (topic, { limit, cursor }) => {
      await answered();
      const after = cursor === undefined ? "" : keyIn(cursor);
      const rest = all(topic).filter(([place]) => place > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(([, one]) => copy(delayedEntry(one))),
        ...(last && items.length < rest.length ? { nextCursor: cursorBehind(last[0]) } : {}),
      };
    },
    cancel: async (topic, id, rememberedUntilMs) => {
      await answered();
      const key = delayedKey(topic, id);
      if (!key) return "gone";
      const name = `${key.group} ${key.place}`;
      if (!groups.get(key.group)?.delete(key.place)) return cancelled.has(name) ? "cancelled" : "gone";
      cancelled.set(name, rememberedUntilMs);
      return "cancelled";
    },
    purge: async (topic, limit) => {
      await answered();
      let left = limit;
      for (let key = 0; key < DELAYED_KEYS; key++) {
        const name = delayedGroup(topic, key);
        const group = groups.get(name);
        const places = group?.firstKeys(left) ?? [];
        for (const place of places) group?.delete(place);
        left -= places.length;
        if (group?.size === 0) groups.delete(name);
        else if (group) return false;
      }
      return true;
    },
  };
}

/** Whether it repeats a call that went through. */
export const isKnownPut = ({ knownPuts }: MemoryStorage, [first]: readonly Delayed[]): boolean =>
  first !== undefined && knownPuts.has(first.id);

/** Stores them: nothing is in the way. */
export function applyDelay(
  storage: MemoryStorage,
  { topic, delayed, timers, claims, nowMs }: DelayPart,
): void {
  const { delayed: groups, knownPuts } = storage;
  if (delayed[0]) knownPuts.add(delayed[0].id);
  if (knownPuts.size > CALLS_KNOWN) knownPuts.delete(knownPuts.values().next().value as string);
  for (const one of delayed) {
    const { group, place } = keyOf(topic, one.id);
    const there = groups.get(group) ?? new SortedMap<Delayed>();
    groups.set(group, there);
    there.set(place, copy(one));
  }
  for (const timer of timers) storage.timers.set(timerKeyOf(timer), copy(timer));
  for (const claim of claims) putClaim(storage, claim, nowMs);
}

function keyOf(topic: TopicRef, id: string): { group: string; place: string } {
  const key = delayedKey(topic, id);
  invariant(key !== undefined, "a delayed message has an id of its topic");
  return key;
}
