import { type BlockRequest, commitBlock } from "../../../lib/domain/moves/block.js";
import type { Run, RunEntry } from "../../../lib/domain/moves/commit.js";
import { MOVE_ITEMS_LIMIT, type Lease } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { aLease } from "../../contract/builders.js";

const entry = (offset: number, more: Partial<RunEntry> = {}): RunEntry => ({
  offset,
  slotBase: 0,
  publishedAtMs: 1_000,
  ...more,
});
const entries = (from: number, to: number): RunEntry[] =>
  Array.from({ length: to - from }, (_, at) => entry(from + at));

/** A delivery of these offsets; `failed`: undefined while its handler runs. */
const run = (from: number, to: number, failed?: readonly number[]): Run => ({
  entries: entries(from, to),
  attempt: 1,
  handedOutAtMs: 5_000,
  failed: failed?.map((offset) => entry(offset)),
});

function request(more: Partial<BlockRequest<Run>> = {}): BlockRequest<Run> {
  let names = 0;
  const span = { from: 0, to: 1_000, slotBase: 0, attempt: 0, publishedAtMs: 1_000 };
  return {
    block: aLease({ partition: 3, epoch: 2, version: 4, dueMs: 60_000, spans: [span] }),
    runs: [],
    rest: [],
    retryDueMs: () => 40_000,
    leaseUntilMs: 70_000,
    ends: false,
    nonce: () => `n${names++}`,
    ...more,
  };
}

const offsetsOf = ({ spans }: Pick<Lease, "spans">): number[] => offsetsIn(spans);
const END = { ends: true, back: { dueMs: 6_000, retries: 4 } };

describe("a commit of a block", () => {
  it("takes out what is over, wherever it is, and keeps what runs and what waits, with a later deadline", () => {
    const runs = [run(0, 2, []), run(2, 4), run(4, 6, [])];
    const { move, next, left, leases, isGivenBack } = commitBlock(request({ runs, rest: entries(6, 8) }));
    expect(next && offsetsOf(next)).toEqual([2, 3, 6, 7]);
    expect(next).toMatchObject({ kind: "lease", partition: 3, epoch: 2, version: 5, dueMs: 70_000 });
    expect(move).toEqual({ put: [next] });
    expect([left, leases.size, isGivenBack]).toEqual([[runs[0], runs[2]], 0, false]);
  });

  it("joins what lies beside each other, and charges nobody with an attempt", () => {
    const { next } = commitBlock(request({ runs: [run(0, 500)], rest: entries(500, 1_000) }));
    expect(next?.spans).toEqual([{ from: 0, to: 1_000, slotBase: 0, attempt: 0, publishedAtMs: 1_000 }]);
  });

  it("makes a retry of what failed, which counts the attempt that it had", () => {
    const { move, next } = commitBlock(request({ runs: [run(0, 3, [1])], rest: entries(3, 4) }));
    expect(move.put).toEqual([
      next,
      expect.objectContaining({
        kind: "retry",
        dueMs: 40_000,
        partition: 3,
        epoch: 2,
        spans: [expect.objectContaining({ from: 1, to: 2, attempt: 1, firstReceivedAtMs: 5_000 })],
      }),
    ]);
  });

  it("removes the block once nothing is left of it", () => {
    const made = request({ runs: [run(0, 2, [])] });
    expect(commitBlock(made)).toMatchObject({ move: { remove: [made.block], put: [] }, next: undefined });
  });

  it("never makes a deadline earlier, whatever the clock says", () => {
    expect(commitBlock(request({ rest: entries(0, 1), leaseUntilMs: 10 })).next?.dueMs).toBe(60_000);
  });

  it("keeps the messages' own expiry", () => {
    const rest = [entry(0, { expiresAtMs: 9_000_000 })];
    expect(commitBlock(request({ rest })).next?.spans).toMatchObject([{ expiresAtMs: 9_000_000 }]);
  });

  it("leaves for the next write what does not fit into this one", () => {
    const runs = Array.from({ length: 200 }, (_, at) => run(at, at + 1, [at]));
    const { move, left, next } = commitBlock(request({ runs }));
    expect(move.put).toHaveLength(MOVE_ITEMS_LIMIT);
    expect(left).toHaveLength(MOVE_ITEMS_LIMIT - 1);
    expect(next && offsetsOf(next)).toHaveLength(200 - left.length);
  });
});

describe("the end of a block", () => {
  it("gives what runs a lease of its own, and what was not handed out back, as if nobody had had it", () => {
    const runs = [run(0, 2), run(2, 4, []), run(4, 6, [5])];
    const { move, next, leases, isGivenBack } = commitBlock(request({ runs, rest: entries(6, 16), ...END }));
    expect([next, isGivenBack]).toEqual([undefined, true]);
    const put = move.put ?? [];
    const back = put.filter(({ dueMs }) => dueMs === END.back.dueMs);
    expect(back.map(({ kind, spans }) => [kind, offsetsIn(spans).length, spans[0]?.attempt])).toEqual([
      ["retry", 3, 0],
      ["retry", 3, 0],
      ["retry", 3, 0],
      ["retry", 1, 0],
    ]);
    expect(leases.get(runs[0] as Run)).toMatchObject({
      dueMs: 70_000,
      spans: [{ from: 0, to: 2, attempt: 1 }],
    });
    expect(put).toHaveLength(back.length + 2);
  });

  it("takes several writes where many deliveries run, and loses none of them between", () => {
    let runs = Array.from({ length: 200 }, (_, at) => run(at, at + 1));
    let rest = entries(200, 300);
    let { block } = request();
    const held: number[] = [];
    for (let write = 0; write < 3; write++) {
      const made = commitBlock(request({ block, runs, rest, ...END }));
      const others = (made.move.put ?? []).filter(({ id }) => id !== block.id);
      held.push(...others.flatMap(offsetsOf));
      const inBlock = made.next ? offsetsOf(made.next) : [];
      expect([...held, ...inBlock].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, at) => at));
      const gone = new Set(made.left);
      runs = runs.filter((one) => !gone.has(one));
      rest = [];
      if (made.next) block = made.next;
    }
    expect(runs).toEqual([]);
  });
});
