import { checkHold, holdSettings } from "../../../lib/operations/manage/check-hold.js";
import { aTopic } from "../../contract/builders.js";

const HOLD = { retentionSeconds: 3_600, onDeadLetter: "hold" } as const;
const RELEASE = { retentionSeconds: 3_600, onDeadLetter: "release" } as const;

it("lets keys hold where there is an order of keys, and nowhere else", () => {
  const check = (ordering: "none" | "key", deadLetter: typeof HOLD | typeof RELEASE) => () =>
    checkHold(aTopic({ ordering }), { deadLetter });
  expect(check("key", HOLD)).not.toThrow();
  expect(check("none", RELEASE)).not.toThrow();
  expect(check("none", HOLD)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ path: "deadLetter.onDeadLetter" })] }),
  );
});

it("says nothing of a subscription that never held, and remembers one that did", () => {
  expect(holdSettings(RELEASE)).toEqual({ retentionSeconds: 3_600 });
  expect(holdSettings(RELEASE, { retentionSeconds: 9 })).toEqual({ retentionSeconds: 3_600 });
  expect(holdSettings(HOLD, { retentionSeconds: 9 })).toEqual(HOLD);
  expect(holdSettings(RELEASE, HOLD)).toEqual(RELEASE);
  expect(holdSettings(RELEASE, RELEASE)).toEqual(RELEASE);
});
