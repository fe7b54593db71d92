import type { HttpsTarget } from "../../../lib/domain/subscription.js";
import {
  changedSecrets,
  changedTarget,
  withHeaders,
  withSecretArn,
} from "../../../lib/operations/manage/change-target.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment } from "../a-deployment.js";

const HOOK: HttpsTarget = {
  ...{ type: "https", url: "https://shop.example/hooks", format: "message", headerNames: ["x-a"] },
  ...{ connectTimeoutSeconds: 5, timeoutSeconds: 15, secretArn: "arn:secret" },
};
const PULL = { type: "pull" } as const;

describe("changedTarget", () => {
  it("GIVEN a webhook WHEN a change names neither headers nor secret THEN it keeps them", () => {
    const { secretArn: _, ...target } = { ...HOOK, url: "https://other.example/", headerNames: [] };
    expect(changedTarget(HOOK, { target })).toEqual({ ...HOOK, url: "https://other.example/" });
    expect(changedTarget(HOOK, {})).toEqual(HOOK);
  });

  it("GIVEN a webhook WHEN a change names headers, or takes the secret away THEN that counts", () => {
    expect(changedTarget(HOOK, { headers: { "x-b": "1" } })).toMatchObject({ headerNames: ["x-b"] });
    expect(changedTarget(HOOK, { secretArn: null })).not.toHaveProperty("secretArn");
  });

  it("GIVEN a target WHEN a change names another kind THEN that is refused", () => {
    expect(() => changedTarget(HOOK, { target: PULL })).toThrow(
      expect.objectContaining({ code: "setting-fixed" }) as Error,
    );
  });
});

it("GIVEN a target that is not a webhook WHEN it gets headers or a secret THEN it stays as it is", () => {
  expect(withHeaders(PULL, { "x-a": "1" })).toEqual(PULL);
  expect(withSecretArn(PULL, "arn:secret")).toEqual(PULL);
});

it("GIVEN a webhook's secrets WHEN its headers change THEN only they do", async () => {
  const engine = aDeployment().process();
  await putTopic(engine, "orders", {});
  const { secretArn: _, ...target } = HOOK;
  const { value, secret } = await putSubscription(engine, "orders", "hook", {
    target,
    headers: { "x-a": "1" },
  });
  expect(await changedSecrets(engine, value, undefined)).toBeUndefined();
  expect(await changedSecrets(engine, value, { "x-a": "1" })).toBeUndefined();
  expect(await changedSecrets(engine, value, { "x-a": "2" })).toMatchObject({
    signing: secret,
    headers: { "x-a": "2" },
  });
});
