import { settleMessage } from "../../../lib/operations/manage/settle-message.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush, allDone, failing, retryAfter, running } from "../a-push.js";

const SECOND_MS = 1_000;

describe("GIVEN a key whose first message waits ten minutes, and two behind it, one of them in its record", () => {
  it.each(["retry", "ack", "reject"] as const)(
    "WHEN an operator's word on the first is %s THEN what waited behind it follows at once, in order",
    async (outcome) => {
      const batch = { maxMessages: 1, maxBytes: 65_536, windowSeconds: 0 };
      const push = await aPush({ batch, ...retryAfter(600) }, { ordering: "key", partitions: 1 });
      const seen: string[] = [];
      let isBroken = true;
      push.answerWith(async (messages) => {
        if (isBroken && messages[0]?.key === "sick") return failing(messages);
        seen.push(...messages.map(({ id }) => id));
        return allDone;
      });
      const { stop } = running(push);
      const of = (key: string) => aText("a", { key });
      const [first = "", second, other] = await publishTexts(
        push.engine,
        "orders",
        of("sick"),
        of("sick"),
        of("well"),
      );
      await push.clock.advance(20 * SECOND_MS);
      const [third] = await publishTexts(push.engine, "orders", of("sick"));
      await push.clock.advance(20 * SECOND_MS);
      expect(seen).toEqual([other]);
      isBroken = false;
      await settleMessage(push.engine, "orders", "ship", first, { outcome });
      await push.clock.advance(5 * SECOND_MS);
      stop();
      expect(seen).toEqual([other, ...(outcome === "retry" ? [first] : []), second, third]);
    },
  );
});
