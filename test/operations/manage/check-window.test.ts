import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import { checkWindow } from "../../../lib/operations/manage/check-window.js";

const target = { type: "lambda", functionArn: "arn:fn" } as const;
const batch = { ...SUBSCRIPTION_DEFAULTS.batch, windowSeconds: 5 };
const push = { ...SUBSCRIPTION_DEFAULTS, target, batch };
const check =
  (settings: typeof SUBSCRIPTION_DEFAULTS, ordering: "none" | "key" = "none") =>
  () =>
    checkWindow({ ordering }, settings, 512);
const refused = (path: string) => expect.objectContaining({ errors: [expect.objectContaining({ path })] });

it("lets one pump collect, and any without a window", () => {
  expect(check({ ...push, maxConcurrency: 512 })).not.toThrow();
  expect(check({ ...push, maxConcurrency: 513 }, "key")).not.toThrow();
  expect(check({ ...push, batch: SUBSCRIPTION_DEFAULTS.batch, maxConcurrency: 1_000 })).not.toThrow();
  expect(check(SUBSCRIPTION_DEFAULTS)).not.toThrow();
});

it("refuses a window for consumers who ask, and for several pumps", () => {
  expect(check({ ...push, target: { type: "pull" } })).toThrow(refused("batch.windowSeconds"));
  expect(check({ ...push, maxConcurrency: 513 })).toThrow(refused("maxConcurrency"));
});
