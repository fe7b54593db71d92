import type { DeadLetter, DeadLetterEntry } from "../../lib/domain/dead-letter.js";
import { entryOf } from "../../lib/domain/dead-letter.js";
import type { DeadLetterStore } from "../../lib/domain/ports/dead-letter-store.js";
import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { DAY_MS, NOW_MS, aDeadLetter, aNonce, aRetry, aSpan, aSubscriptionRef } from "./builders.js";

export interface DeadLetterStores {
  readonly progress: ProgressStore;
  readonly deadLetters: DeadLetterStore;
}
type Make = () => Promise<DeadLetterStores>;

const PAGES_BOUND = 100;
const ALIVE = { nowMs: NOW_MS };

/** What every {@link DeadLetterStore} promises, and what a move does with dead letters. */
export function deadLetterStoreContract(make: Make): void {
  describe("a dead letter store", () => {
    describe("a dead letter", () => oneContract(make));
    describe("the list", () => listContract(make));
    describe("a move", () => moveContract(make));
    describe("the count", () => countContract(make));
  });
}

export async function withLetters(make: Make, letters: readonly DeadLetter[]) {
  const stores = await make();
  const subscription = aSubscriptionRef();
  for (const letter of letters)
    expect(await stores.progress.move(subscription, { deadLetters: [{ letter }] })).toBe("moved");
  return { ...stores, subscription };
}

/** All pages of the list, as ids. */
async function listed(
  { deadLetters }: DeadLetterStores,
  subscription: SubscriptionRef,
  query: Parameters<DeadLetterStore["list"]>[1] = ALIVE,
  limit = 100,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES_BOUND; page++) {
    const request = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await deadLetters.list(subscription, query, request);
    expect(items.length).toBeLessThanOrEqual(limit);
    ids.push(...items.map(({ id }) => id));
    if (nextCursor === undefined) return ids;
    cursor = nextCursor;
  }
  throw new Error("no end of pages");
}

function oneContract(make: Make): void {
  const inline = { kind: "inline", bytes: new Uint8Array([0, 127, 128, 255]) } as const;
  const inSegment = { kind: "segment", key: "segments/14d/orders/u-1/n_1", sizeBytes: 4_000_000 } as const;
  it.each([
    ["its bytes", "msgpack", inline],
    ["its bytes", "msgpack+deflate", inline],
    ["where its bytes are", "msgpack+deflate", inSegment],
    ["where its bytes are", "msgpack+brotli", inSegment],
  ] as const)("is read by its id as it was stored, with %s in %s", async (_what, encoding, content) => {
    const copy = { encoding, unpackedBytes: 900, checksum: aNonce(), content };
    const letter = aDeadLetter({
      copy,
      key: "order-7",
      tag: "created",
      businessKey: "7",
      messageExpiresAtMs: NOW_MS + DAY_MS,
      firstReceivedAtMs: NOW_MS,
      lastError: "no such customer ☹",
    });
    const { deadLetters, subscription } = await withLetters(make, [letter, aDeadLetter()]);
    expect(await deadLetters.get(subscription, letter.id)).toEqual(letter);
  });

  it("has its failed attempts where it is read, and not in the list", async () => {
    const letter = aDeadLetter({
      failures: [
        { kind: "failed", atMs: NOW_MS, attempt: 1, error: "no such customer ☹" },
        { kind: "failed", atMs: NOW_MS + 1, attempt: 2, error: "no such customer ☹", among: 3 },
        { kind: "expired", atMs: NOW_MS + 2, attempt: 3 },
      ],
    });
    const { deadLetters, subscription } = await withLetters(make, [letter]);
    expect(await deadLetters.get(subscription, letter.id)).toEqual(letter);
    const { items } = await deadLetters.list(subscription, ALIVE, { limit: 1 });
    expect(items).toEqual([entryOf(letter)]);
    expect(items[0]).not.toHaveProperty("failures");
  });

  it("belongs to one life of one subscription", async () => {
    const letter = aDeadLetter();
    const { deadLetters, subscription } = await withLetters(make, [letter]);
    const others = [
      { ...subscription, uid: aSubscriptionRef().uid },
      { ...subscription, name: aSubscriptionRef().name },
    ];
    for (const other of others) {
      expect(await deadLetters.get(other, letter.id)).toBeUndefined();
      expect((await deadLetters.list(other, ALIVE, { limit: 10 })).items).toEqual([]);
      expect(await deadLetters.count(other, NOW_MS)).toBe(0);
    }
  });

  it("is sent again with another content, which is found by its name until it is purged", async () => {
    const letter = aDeadLetter();
    const { progress, deadLetters, subscription } = await withLetters(make, [letter]);
    const retry = aRetry({ spans: [aSpan(letter.offset, letter.offset + 1, { mended: "n-1", attempt: 0 })] });
    const mending = { name: "n-1", copy: aDeadLetter().copy, expiresAtMs: NOW_MS + DAY_MS };
    const move = { put: [retry], endedDeadLetters: [letter], mended: [mending] };
    expect(await progress.move(subscription, move)).toBe("moved");
    expect(await deadLetters.mended(subscription, "n-1")).toEqual(mending.copy);
    expect(await deadLetters.mended(subscription, "n-2")).toBeUndefined();
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
    while (!(await progress.purge(subscription, 4)));
    expect(await deadLetters.mended(subscription, "n-1")).toBeUndefined();
  });

  it("leaves behind who ended it and how, each time, until it is purged", async () => {
    const letter = aDeadLetter();
    const { progress, deadLetters, subscription } = await withLetters(make, [letter]);
    const first = { kind: "redriven", atMs: NOW_MS + 5, by: "arn:ada", job: "j-1" } as const;
    const second = { kind: "deleted", atMs: NOW_MS + 1_000 } as const;
    expect(await progress.move(subscription, { endedDeadLetters: [letter], act: first })).toBe("moved");
    const again = aDeadLetter({ id: letter.id });
    await progress.move(subscription, { deadLetters: [{ letter: again }] });
    expect(await progress.move(subscription, { endedDeadLetters: [again], act: second })).toBe("moved");
    const { expiresAtMs } = letter;
    expect(await deadLetters.acts(subscription, letter.id)).toEqual([
      { ...first, expiresAtMs, nonce: letter.nonce },
      { ...second, expiresAtMs, nonce: again.nonce },
    ]);
    expect(await deadLetters.acts(subscription, letter.id.slice(0, -1))).toEqual([]);
    const lost = { endedDeadLetters: [letter], act: second };
    expect(await progress.move(subscription, lost)).toBe("conflict");
    expect(await deadLetters.acts(subscription, letter.id)).toHaveLength(2);
    while (!(await progress.purge(subscription, 4)));
    expect(await deadLetters.acts(subscription, letter.id)).toEqual([]);
  });

  it("is not there under another id", async () => {
    const { deadLetters, subscription } = await withLetters(make, [aDeadLetter()]);
    expect(await deadLetters.get(subscription, aDeadLetter().id)).toBeUndefined();
  });

  it("is purged with its subscription, and nothing of it stays", async () => {
    // GIVEN
    const letters = Array.from({ length: 7 }, () => aDeadLetter());
    const { progress, deadLetters, subscription } = await withLetters(make, letters);
    // WHEN
    let rounds = 0;
    while (!(await progress.purge(subscription, 4))) expect(rounds++).toBeLessThan(PAGES_BOUND);
    // THEN
    for (const { id } of letters) expect(await deadLetters.get(subscription, id)).toBeUndefined();
    expect((await deadLetters.list(subscription, ALIVE, { limit: 10 })).items).toEqual([]);
    expect(await deadLetters.count(subscription, NOW_MS)).toBe(0);
  });
}

function listContract(make: Make): void {
  const times = [5, 1, 4, 1, 0];
  const letters = times.map((minutes) => aDeadLetter({ deadLetteredAtMs: NOW_MS + minutes * 60_000 }));

  it.each([1, 2, 100])("comes longest dead first, %i a page, each once", async (limit) => {
    const { subscription, ...stores } = await withLetters(make, letters);
    const ids = await listed(stores, subscription, ALIVE, limit);
    const timesOf = ids.map((id) => letters.find((letter) => letter.id === id)?.deadLetteredAtMs);
    expect(timesOf).toEqual([...times].sort().map((minutes) => NOW_MS + minutes * 60_000));
    expect(new Set(ids).size).toBe(letters.length);
  });

  it("tells everything but the content", async () => {
    const letter = aDeadLetter({ key: "a", lastError: "no" });
    const { deadLetters, subscription } = await withLetters(make, [letter]);
    const { items } = await deadLetters.list(subscription, ALIVE, { limit: 10 });
    expect(items).toEqual([entryOf(letter)]);
  });

  it("leaves out what has expired, though it is still stored", async () => {
    const [gone, alive] = [aDeadLetter({ expiresAtMs: NOW_MS }), aDeadLetter({ expiresAtMs: NOW_MS + 1 })];
    const { subscription, ...stores } = await withLetters(make, [gone, alive]);
    expect(await listed(stores, subscription)).toEqual([alive.id]);
    expect(await stores.deadLetters.get(subscription, gone.id)).toEqual(gone);
  });

  it.each([1, 100])("of attempts and an error has nothing else, %i a page", async (limit) => {
    const many = [1, 2, 3].flatMap((attempt) =>
      ["timed out", "no customer"].map((lastError) => aDeadLetter({ attempt, lastError })),
    );
    const { subscription, ...stores } = await withLetters(make, [...many, aDeadLetter()]);
    const query = { ...ALIVE, minAttempts: 2, error: "customer" };
    const expected = many.filter(({ attempt, lastError }) => attempt > 1 && lastError === "no customer");
    expect(new Set(await listed(stores, subscription, query, limit))).toEqual(
      new Set(expected.map(({ id }) => id)),
    );
  });

  it.each([1, 100])("of a key or a tag has nothing else, %i a page", async (limit) => {
    const many = ["a", "b", "a", "b"].flatMap((key) =>
      ["x", "y"].map((tag) => aDeadLetter({ key, tag, deadLetteredAtMs: NOW_MS })),
    );
    const { subscription, ...stores } = await withLetters(make, [...many, aDeadLetter()]);
    const idsOf = (is: (letter: DeadLetterEntry) => boolean) => many.filter(is).map(({ id }) => id);
    for (const [query, is] of [
      [{ key: "a" }, ({ key }) => key === "a"],
      [{ tag: "y" }, ({ tag }) => tag === "y"],
      [{ key: "b", tag: "x" }, ({ key, tag }) => key === "b" && tag === "x"],
      [{ key: "c" }, () => false],
    ] satisfies [object, (letter: DeadLetterEntry) => boolean][]) {
      const ids = await listed(stores, subscription, { ...ALIVE, ...query }, limit);
      expect([...ids].sort()).toEqual(idsOf(is).sort());
    }
  });

  it("refuses a cursor that is not from it", async () => {
    const { deadLetters, subscription } = await withLetters(make, []);
    const list = deadLetters.list(subscription, ALIVE, { limit: 10, cursor: "garbage" });
    await expect(list).rejects.toMatchObject({ code: "invalid-request" });
  });
}

function moveContract(make: Make): void {
  it("makes a dead letter together with what becomes of its record, or not at all", async () => {
    // GIVEN
    const { progress, deadLetters, subscription } = await withLetters(make, []);
    const [retry, letter] = [aRetry(), aDeadLetter()];
    await progress.move(subscription, { put: [retry] });
    // WHEN somebody else was faster
    const stale = { remove: [{ ...retry, version: 7 }], deadLetters: [{ letter }] };
    expect(await progress.move(subscription, stale)).toBe("conflict");
    // THEN
    expect(await deadLetters.get(subscription, letter.id)).toBeUndefined();
    expect((await deadLetters.list(subscription, ALIVE, { limit: 10 })).items).toEqual([]);
    expect(await deadLetters.count(subscription, NOW_MS)).toBe(0);
    // WHEN
    expect(await progress.move(subscription, { remove: [retry], deadLetters: [{ letter }] })).toBe("moved");
    // THEN
    expect(await progress.get(subscription, retry.id)).toBeUndefined();
    expect(await deadLetters.get(subscription, letter.id)).toEqual(letter);
  });

  it("conflicts where the message has a dead letter that the move does not know, or another one", async () => {
    const first = aDeadLetter();
    const { progress, deadLetters, subscription } = await withLetters(make, [first]);
    const second = { ...first, nonce: aNonce() };
    const other = { ...first, nonce: aNonce() };
    expect(await progress.move(subscription, { deadLetters: [{ letter: second }] })).toBe("conflict");
    const replacing = { deadLetters: [{ letter: second, replaces: other }] };
    expect(await progress.move(subscription, replacing)).toBe("conflict");
    expect(await deadLetters.get(subscription, first.id)).toEqual(first);
    expect(await deadLetters.count(subscription, NOW_MS)).toBe(1);
  });

  it("replaces an earlier dead letter of the same message, in the list and in the count", async () => {
    const first = aDeadLetter();
    const { progress, subscription, ...stores } = await withLetters(make, [first]);
    const letter = { ...first, nonce: aNonce(), deadLetteredAtMs: NOW_MS + 9, expiresAtMs: NOW_MS + DAY_MS };
    const move = { deadLetters: [{ letter, replaces: first }] };
    expect(await progress.move(subscription, move)).toBe("moved");
    expect(await stores.deadLetters.get(subscription, first.id)).toEqual(letter);
    expect(await listed({ progress, ...stores }, subscription)).toEqual([first.id]);
    expect(await stores.deadLetters.count(subscription, NOW_MS)).toBe(1);
  });

  it("removes dead letters that are still there, and conflicts where one of them is not", async () => {
    // GIVEN
    const [one, other] = [aDeadLetter(), aDeadLetter()];
    const { progress, deadLetters, subscription } = await withLetters(make, [one, other]);
    const gone = { ...other, nonce: aNonce() };
    // THEN
    const put = [aRetry()];
    expect(await progress.move(subscription, { endedDeadLetters: [one, gone], put })).toBe("conflict");
    expect(await deadLetters.count(subscription, NOW_MS)).toBe(2);
    // WHEN
    expect(await progress.move(subscription, { endedDeadLetters: [entryOf(one)], put })).toBe("moved");
    // THEN
    expect(await deadLetters.get(subscription, one.id)).toBeUndefined();
    expect((await deadLetters.list(subscription, ALIVE, { limit: 9 })).items).toEqual([entryOf(other)]);
    expect(await progress.move(subscription, { endedDeadLetters: [one] })).toBe("conflict");
    expect(await deadLetters.count(subscription, NOW_MS)).toBe(1);
  });
}

function countContract(make: Make): void {
  it("is of those that are alive, and follows every change", async () => {
    // GIVEN
    const at = (days: number): DeadLetter => aDeadLetter({ expiresAtMs: NOW_MS + days * DAY_MS });
    const letters = [at(1), at(1), at(2), at(14)];
    const { progress, deadLetters, subscription } = await withLetters(make, letters);
    const counts = async () =>
      await Promise.all([0, 1, 2, 14].map((days) => deadLetters.count(subscription, NOW_MS + days * DAY_MS)));
    expect(await counts()).toEqual([4, 2, 1, 0]);
    // WHEN
    await progress.move(subscription, { endedDeadLetters: letters.slice(1, 3) });
    // THEN
    expect(await counts()).toEqual([2, 1, 1, 0]);
  });
}
