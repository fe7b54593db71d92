import { News } from "../../lib/operations/news.js";

describe("news", () => {
  it("ring every open bell of their topic, and no other", () => {
    const news = new News();
    const [one, other, elsewhere] = [news.open("a"), news.open("a"), news.open("b")];
    news.ring("a");
    expect([one, other, elsewhere].map(({ hasRung }) => hasRung)).toEqual([true, true, false]);
  });

  it("GIVEN a bell that rang WHEN it is asked for the next ring THEN only a later one aborts", () => {
    const news = new News();
    const bell = news.open("a");
    news.ring("a");
    const next = bell.next();
    expect(next.aborted).toBe(false);
    news.ring("a");
    expect(next.aborted).toBe(true);
  });

  it("GIVEN a closed bell THEN it rings no more, and one that was opened since does", () => {
    const news = new News();
    const closed = news.open("a");
    closed.close();
    const open = news.open("a");
    closed.close();
    news.ring("a");
    expect([closed.hasRung, open.hasRung]).toEqual([false, true]);
  });

  it("are awaited while a bell of their topic is open", () => {
    const news = new News();
    const [one, other] = [news.open("a"), news.open("a")];
    const seen = [news.isAwaited("a"), news.isAwaited("b")];
    one.close();
    seen.push(news.isAwaited("a"));
    other.close();
    expect([...seen, news.isAwaited("a")]).toEqual([true, false, true, false]);
  });
});
