import { Gathering, type Together } from "../../lib/operations/gathering.js";

/** What was carried out together, in order, and how to let the oldest go on. */
interface Work {
  readonly together: Together<string, string>;
  readonly carriedOut: (readonly string[])[];
  /** Ends the one that is under way. */
  readonly end: (error?: Error) => Promise<void>;
}

/** Lets everything run that can run now. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function work(atMost = Infinity): Work {
  const carriedOut: (readonly string[])[] = [];
  const underWay: ((error?: Error) => void)[] = [];
  return {
    carriedOut,
    together: {
      count: (waiting) => Math.min(atMost, waiting.length),
      carryOut: (items) =>
        new Promise((resolve, reject) => {
          carriedOut.push(items);
          underWay.push((error) => (error ? reject(error) : resolve(items.map((item) => `done ${item}`))));
        }),
    },
    end: async (error) => {
      underWay.shift()?.(error);
      await settled();
    },
  };
}

const gathering = (): Gathering<string, string> => new Gathering(() => Promise.resolve());

describe("what comes while nothing is under way", () => {
  it("goes at once, without a pause for company", async () => {
    const { together, carriedOut } = work();
    void gathering().join("k", "a", together);
    await settled();
    expect(carriedOut).toEqual([["a"]]);
  });

  it("goes together with what comes in the same turn", async () => {
    const { together, carriedOut } = work();
    const all = gathering();
    for (const item of ["a", "b", "c"]) void all.join("k", item, together);
    await settled();
    expect(carriedOut).toEqual([["a", "b", "c"]]);
  });

  it("under another key goes its own way", async () => {
    const { together, carriedOut } = work();
    const all = gathering();
    void all.join("k", "a", together);
    void all.join("l", "b", together);
    await settled();
    expect(carriedOut).toEqual([["a"], ["b"]]);
  });
});

describe("what comes meanwhile", () => {
  it("waits for what is under way, and then goes together, the oldest first", async () => {
    // GIVEN
    const { together, carriedOut, end } = work();
    const all = gathering();
    const first = all.join("k", "a", together);
    await settled();
    // WHEN
    const others = ["b", "c"].map((item) => all.join("k", item, together));
    await settled();
    expect(carriedOut).toEqual([["a"]]);
    await end();
    // THEN
    expect(carriedOut).toEqual([["a"], ["b", "c"]]);
    await end();
    expect(await Promise.all([first, ...others])).toEqual(["done a", "done b", "done c"]);
  });

  it("goes in parts, if not all may go together", async () => {
    const { together, carriedOut, end } = work(2);
    const all = gathering();
    const results = ["a", "b", "c", "d", "e"].map((item) => all.join("k", item, together));
    await settled();
    for (let part = 0; part < 3; part++) await end();
    expect(carriedOut).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(await Promise.all(results)).toEqual(["done a", "done b", "done c", "done d", "done e"]);
  });

  it("goes one by one, if none may go with another", async () => {
    const { together, carriedOut, end } = work(0);
    const all = gathering();
    void all.join("k", "a", together);
    void all.join("k", "b", together);
    await settled();
    await end();
    expect(carriedOut).toEqual([["a"], ["b"]]);
  });
});

it("an error fails all that went together, and nothing that comes after", async () => {
  // GIVEN
  const { together, carriedOut, end } = work();
  const all = gathering();
  const failed = ["a", "b"].map((item) => all.join("k", item, together));
  await settled();
  const next = all.join("k", "c", together);
  // WHEN
  const outcomes = Promise.allSettled(failed);
  await end(new Error("the test"));
  await end();
  // THEN
  expect(await outcomes).toMatchObject([
    { status: "rejected", reason: { message: "the test" } },
    { status: "rejected", reason: { message: "the test" } },
  ]);
  expect(await next).toBe("done c");
  expect(carriedOut).toEqual([["a", "b"], ["c"]]);
});

describe("what waits for something else first", () => {
  it("takes along what comes until that has ended", async () => {
    // GIVEN
    const { together, carriedOut } = work();
    let end = (): void => undefined;
    const first = new Promise<void>((resolve) => (end = resolve));
    const all = gathering();
    const patient = { ...together, after: () => first };
    void all.join("k", "a", patient);
    await settled();
    expect(carriedOut).toEqual([]);
    // WHEN
    void all.join("k", "b", patient);
    end();
    await settled();
    // THEN
    expect(carriedOut).toEqual([["a", "b"]]);
  });
});

describe("a round", () => {
  it("is over once what is under way has ended, though more waits", async () => {
    // GIVEN
    const { together, end } = work();
    const all = gathering();
    void all.join("k", "a", together);
    await settled();
    void all.join("k", "b", together);
    let isOver = false;
    void all.round("k")?.then(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    // WHEN, THEN
    await end();
    expect(isOver).toBe(true);
  });

  it("is not there when nothing is under way", async () => {
    const { together, end } = work();
    const all = gathering();
    expect(all.round("k")).toBeUndefined();
    const done = all.join("k", "a", together);
    expect(all.round("k")).toBeDefined();
    await settled();
    await end();
    await done;
    expect(all.round("k")).toBeUndefined();
  });

  it("is over all the same if it fails", async () => {
    const { together, end } = work();
    const all = gathering();
    const failed = all.join("k", "a", together);
    const outcome = Promise.allSettled([failed]);
    await settled();
    const round = all.round("k");
    await end(new Error("the test"));
    await expect(round).resolves.toBeUndefined();
    expect(await outcome).toMatchObject([{ status: "rejected" }]);
  });
});
