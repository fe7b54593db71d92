import fc from "fast-check";
import {
  type CommitRequest,
  type RunAhead,
  type RunEntry,
  commit,
} from "../../../lib/domain/moves/commit.js";
import { MOVE_ITEMS_LIMIT } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";

const HANDED_OUT_MS = 1_790_000_000_000;
const RETRY_DUE_MS = HANDED_OUT_MS + 30_000;
const LEASE_UNTIL_MS = HANDED_OUT_MS + 60_000;
const PUBLISHED_MS = HANDED_OUT_MS - 5_000;

const entry = (offset: number): RunEntry => ({ offset, slotBase: 0, publishedAtMs: PUBLISHED_MS });
const entries = (from: number, to: number): RunEntry[] =>
  Array.from({ length: to - from }, (_, at) => entry(from + at));

/** Offsets `from` up to `to`; `failed`: which of them failed, undefined while it is at work. */
const aRun = (
  from: number,
  to: number,
  failed: readonly number[] | undefined,
  more: Partial<RunAhead> = {},
): RunAhead => ({
  entries: entries(from, to),
  next: { head: to, slotBase: 0 },
  setAside: [],
  expired: 0,
  attempt: 1,
  handedOutAtMs: HANDED_OUT_MS,
  failed: failed?.map(entry),
  ...more,
});

let names = 0;
const requestOf = (
  runs: readonly RunAhead[],
  more: Partial<CommitRequest<RunAhead>> = {},
): CommitRequest<RunAhead> => ({
  partition: 3,
  cursor: { head: 10, slotBase: 10, epoch: 2, version: 7 },
  runs,
  retryDueMs: () => () => RETRY_DUE_MS,
  nonce: () => `n${names++}`,
  ...more,
});

const offsetsOf = (spans: readonly Span[]): number[] =>
  spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));

describe("a commit", () => {
  beforeEach(() => (names = 0));

  it("leaves ahead of the head what was never taken, as long as nothing behind it is done", () => {
    const back = (from: number, to: number) => aRun(from, to, undefined, { isBack: true });
    const runs = [aRun(10, 12, []), back(12, 14), aRun(14, 16, []), back(16, 18), back(18, 20)];
    expect(commit(requestOf(runs))?.next.head).toBe(12);
    const made = commit(requestOf(runs, { leaseUntilMs: LEASE_UNTIL_MS }));
    expect(made?.next.head).toBe(16);
    expect(made?.move.put).toMatchObject([
      { kind: "retry", dueMs: HANDED_OUT_MS, spans: [{ from: 12, to: 14, attempt: 0 }] },
    ]);
    const all = requestOf([back(10, 12), back(12, 14)], { leaseUntilMs: LEASE_UNTIL_MS });
    expect(commit(all)).toBeUndefined();
  });

  it("moves the head over what is done, and keeps the cursor's epoch", () => {
    const done = aRun(10, 14, []);
    expect(commit(requestOf([done]))).toEqual({
      move: {
        cursor: { partition: 3, next: { head: 14, slotBase: 0, epoch: 2, version: 8 } },
        put: [],
        setAside: [],
      },
      next: { head: 14, slotBase: 0, epoch: 2, version: 8 },
      runs: [done],
      leases: new Map(),
    });
  });

  it("counts what had expired in the runs that it passes, and no more", () => {
    const runs = [aRun(10, 12, [], { expired: 3 }), aRun(12, 14, [], { expired: 4 })];
    expect(commit(requestOf(runs))?.move.expired).toBe(7);
    expect(commit(requestOf([...runs, aRun(14, 16, undefined, { expired: 5 })]))?.move.expired).toBe(7);
  });

  it("stops in front of what is at work", () => {
    const runs = [aRun(10, 14, []), aRun(14, 16, undefined), aRun(16, 20, [])];
    const made = commit(requestOf(runs));
    expect(made?.next.head).toBe(14);
    expect(made?.runs).toEqual(runs.slice(0, 1));
    expect(made?.move.put).toEqual([]);
  });

  it("has nothing to do where the first run is at work, or there is none", () => {
    expect(commit(requestOf([aRun(10, 14, undefined), aRun(14, 16, [])]))).toBeUndefined();
    expect(commit(requestOf([]))).toBeUndefined();
  });

  it("leaves a retry for what failed, with its attempt counted", () => {
    const made = commit(requestOf([aRun(10, 20, [12, 13, 17], { attempt: 3 })]));
    const span = { slotBase: 0, attempt: 3, publishedAtMs: PUBLISHED_MS, firstReceivedAtMs: HANDED_OUT_MS };
    expect(made?.move.put).toEqual([
      {
        kind: "retry",
        id: `${String(RETRY_DUE_MS).padStart(16, "0")}-n0`,
        partition: 3,
        epoch: 2,
        spans: [
          { ...span, from: 12, to: 14 },
          { ...span, from: 17, to: 18 },
        ],
        done: [],
        version: 1,
        dueMs: RETRY_DUE_MS,
      },
    ]);
    expect(made?.leases.size).toBe(0);
  });

  it("leaves one retry where some of what failed is due sooner, each with its own time", () => {
    const retryDueMs = ({ charged }: { readonly charged?: number }): number =>
      charged === 2 ? HANDED_OUT_MS : RETRY_DUE_MS;
    const failed = [entry(12), { ...entry(13), charged: 2 }, entry(14)];
    const made = commit(requestOf([aRun(10, 20, [], { failed })], { retryDueMs: () => retryDueMs }));
    const [retry] = made?.move.put ?? [];
    expect(made?.move.put).toHaveLength(1);
    expect(retry).toMatchObject({ kind: "retry", dueMs: HANDED_OUT_MS });
    expect(retry?.spans.map(({ from, to, dueMs }) => [from, to, dueMs])).toEqual([
      [12, 13, RETRY_DUE_MS],
      [13, 14, undefined],
      [14, 15, RETRY_DUE_MS],
    ]);
  });

  it("that must go on past what is at work leaves a lease for it", () => {
    const runs = [aRun(10, 14, undefined), aRun(14, 16, [15]), aRun(16, 18, undefined)];
    const made = commit(requestOf(runs, { leaseUntilMs: LEASE_UNTIL_MS }));
    expect(made?.next.head).toBe(18);
    expect(made?.move.put?.map(({ kind, dueMs, spans }) => [kind, dueMs, offsetsOf(spans)])).toEqual([
      ["lease", LEASE_UNTIL_MS, [10, 11, 12, 13]],
      ["retry", RETRY_DUE_MS, [15]],
      ["lease", LEASE_UNTIL_MS, [16, 17]],
    ]);
    expect([...(made?.leases.keys() ?? [])]).toEqual([runs[0], runs[2]]);
    expect([...(made?.leases.values() ?? [])].map(({ id }) => id)).toEqual(
      [made?.move.put?.[0], made?.move.put?.[2]].map((record) => record?.id),
    );
  });

  it("says of what it leaves when that expires by its publisher's will", () => {
    const expiring = (at: number): RunEntry => ({ ...entry(at), expiresAtMs: 9_000 });
    const runs = [aRun(10, 12, [], { failed: [entry(10), expiring(11)] })];
    const [retry] = commit(requestOf(runs))?.move.put ?? [];
    expect(retry?.spans.map(({ from, expiresAtMs }) => [from, expiresAtMs])).toEqual([
      [10, undefined],
      [11, 9_000],
    ]);
    const many = Array.from({ length: 500 }, (_, at) => ({ ...entry(10 + at), expiresAtMs: at * 1_000_000 }));
    const [one] = commit(requestOf([aRun(10, 510, [], { failed: many })]))?.move.put ?? [];
    expect(one?.spans.length).toBeLessThan(50);
  });

  it("takes along what cannot be read in its runs", () => {
    const setAside = { partition: 3, base: 12, count: 2, reason: "undecodable", atMs: HANDED_OUT_MS };
    const empty = aRun(10, 10, [], { next: { head: 14, slotBase: 14 }, setAside: [setAside] });
    const made = commit(requestOf([empty]));
    expect(made?.move).toMatchObject({
      cursor: { next: { head: 14, slotBase: 14 } },
      put: [],
      setAside: [setAside],
    });
  });

  it.each([
    ["records", MOVE_ITEMS_LIMIT - 2, 0],
    ["slots that are set aside", 30, 2],
  ])("takes as many %s as one write holds", (_, most, asides) => {
    const setAside = Array.from({ length: asides }, () => ({
      partition: 3,
      base: 0,
      count: 1,
      reason: "",
      atMs: 0,
    }));
    const runs = Array.from({ length: 200 }, (_run, at) =>
      aRun(10 + at, 11 + at, asides > 0 ? [] : [10 + at], { setAside }),
    );
    const made = commit(requestOf(runs));
    const items = 1 + (made?.move.put?.length ?? 0) + (made?.move.setAside?.length ?? 0);
    expect(items).toBeLessThanOrEqual(MOVE_ITEMS_LIMIT);
    expect(made?.runs.length).toBe(asides > 0 ? Math.floor((MOVE_ITEMS_LIMIT - 1) / asides) : most);
  });

  it("takes a first run however much it leaves behind", () => {
    const setAside = Array.from({ length: MOVE_ITEMS_LIMIT }, () => ({
      partition: 3,
      base: 0,
      count: 1,
      reason: "",
      atMs: 0,
    }));
    const runs = [aRun(10, 11, [], { setAside }), aRun(11, 12, [])];
    expect(commit(requestOf(runs))?.runs).toEqual(runs.slice(0, 1));
  });

  it("never moves the head back", () => {
    const back = aRun(4, 6, [], { next: { head: 10, slotBase: 10 } });
    expect(() => commit(requestOf([back]))).toThrow("a head moves forward");
  });

  it("leaves each message that it passes over done, in a retry or in a lease: in one place", () => {
    const states = fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 6 }),
        isAtWork: fc.boolean(),
        failing: fc.array(fc.nat(5), { maxLength: 6 }),
      }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(states, fc.boolean(), (parts, isForced) => {
        let at = 10;
        const runs = parts.map(({ length, isAtWork, failing }) => {
          const from = at;
          at += length;
          const failed = [...new Set(failing)].filter((index) => index < length).sort((a, b) => a - b);
          return aRun(from, at, isAtWork ? undefined : failed.map((index) => from + index));
        });
        const made = commit(requestOf(runs, isForced ? { leaseUntilMs: LEASE_UNTIL_MS } : {}));
        const passed = made?.runs ?? [];
        expect(passed).toEqual(runs.slice(0, passed.length));
        expect(made?.next.head).toBe(passed.at(-1)?.next.head);
        if (!isForced) expect(passed.every(({ failed }) => failed !== undefined)).toBe(true);
        const kept = (made?.move.put ?? []).flatMap(({ spans }) => offsetsOf(spans)).sort((a, b) => a - b);
        const wanted = passed.flatMap((run) => (run.failed ?? run.entries).map(({ offset }) => offset));
        expect(kept).toEqual(wanted);
      }),
    );
  });
});
