import { Turnstile } from "../../../lib/adapters/aws/turnstile.js";

/** What has happened by the time that all promises under way have settled. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Who is in, in the order in which they came in. */
function aHall(places: number) {
  const turnstile = new Turnstile(places);
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = async (name: string, signal?: AbortSignal): Promise<void> => {
    const out = await turnstile.enter(signal);
    entered.push(name);
    leave.set(name, out);
  };
  return { entered, enter, leave: (name: string) => leave.get(name)?.() };
}

describe("a turnstile", () => {
  it("lets so many in, and the others in their order as those leave", async () => {
    // GIVEN
    const { entered, enter, leave } = aHall(2);
    for (const name of ["a", "b", "c", "d"]) void enter(name);
    await settled();
    expect(entered).toEqual(["a", "b"]);
    // WHEN
    leave("b");
    await settled();
    // THEN
    expect(entered).toEqual(["a", "b", "c"]);
    leave("a");
    void enter("e");
    await settled();
    expect(entered).toEqual(["a", "b", "c", "d"]);
    leave("c");
    await settled();
    expect(entered).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("gives a place back once, however often somebody leaves", async () => {
    const { entered, enter, leave } = aHall(1);
    for (const name of ["a", "b", "c"]) void enter(name);
    await settled();
    leave("a");
    leave("a");
    await settled();
    expect(entered).toEqual(["a", "b"]);
  });

  it("forgets who gives up waiting", async () => {
    // GIVEN
    const { entered, enter, leave } = aHall(1);
    const giveUp = new AbortController();
    void enter("a");
    const b = enter("b", giveUp.signal);
    void enter("c");
    await settled();
    // WHEN
    giveUp.abort(new Error("no time left"));
    // THEN
    await expect(b).rejects.toThrow("no time left");
    leave("a");
    await settled();
    expect(entered).toEqual(["a", "c"]);
  });

  it("lets nobody in who gave up before", async () => {
    const { entered, enter } = aHall(1);
    await expect(enter("a", AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    await enter("b");
    expect(entered).toEqual(["b"]);
  });
});
