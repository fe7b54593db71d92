import { type DeadLetter, mendedName } from "../../lib/domain/dead-letter.js";
import { type DeadLetterStores, withLetters } from "./dead-letter-store.js";
import { DAY_MS, NOW_MS, aDeadLetter } from "./builders.js";

/** What a dead letter store promises of what messages were mended to. */
export function mendedCopiesContract(make: () => Promise<DeadLetterStores>): void {
  it("has all that a message was mended to, by its place, until that is dropped", async () => {
    const letters = [aDeadLetter(), aDeadLetter()];
    const { progress, deadLetters, subscription } = await withLetters(make, letters);
    const [letter, other] = letters as [DeadLetter, DeadLetter];
    const { partition } = letter;
    const at = (offset: number, nonce: string) => ({
      ...{ name: mendedName({ partition, offset }, nonce), copy: aDeadLetter().copy },
      expiresAtMs: NOW_MS + DAY_MS,
    });
    const mended = [at(7, "n-1"), at(7, "n-2"), at(71, "n-3")];
    await progress.move(subscription, { endedDeadLetters: [letter], mended: mended.slice(0, 2) });
    await progress.move(subscription, { endedDeadLetters: [other], mended: mended.slice(2) });
    const of = async (offset: number) =>
      [...(await deadLetters.mendedOf(subscription, { partition, offset }))].sort((a, b) =>
        a.name < b.name ? -1 : 1,
      );
    const shown = mended.map(({ name, copy }) => ({ name, copy }));
    expect(await of(7)).toEqual(shown.slice(0, 2));
    expect(await of(71)).toEqual(shown.slice(2));
    expect(await of(1)).toEqual([]);
    const name = mended[0]?.name ?? "";
    for (let times = 0; times < 2; times++) await deadLetters.dropMended(subscription, name);
    expect(await of(7)).toEqual(shown.slice(1, 2));
    expect(await deadLetters.mended(subscription, name)).toBeUndefined();
  });
}
