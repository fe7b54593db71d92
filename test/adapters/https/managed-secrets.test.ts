import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { KnownSecrets } from "../../../lib/adapters/https/known-secrets.js";
import { ManagedSecrets } from "../../../lib/adapters/https/managed-secrets.js";
import { HTTPS_DEFAULTS } from "../../../lib/domain/subscription.js";
import { aReader } from "../lambda/a-handed.js";

const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf";
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

function someSecrets() {
  const clock = memoryClock(1_790_000_000_000);
  const reads: string[] = [];
  let now: string | Error = "one";
  const managed = new ManagedSecrets(async (arn) => {
    reads.push(arn);
    if (now instanceof Error) throw now;
    return { signing: now };
  }, clock);
  const signing = async (): Promise<string> => (await managed.of(ARN)).signing;
  return { clock, reads, managed, signing, becomes: (next: string | Error) => (now = next) };
}

it("reads a secret once a minute, so that a rotation is seen within that", async () => {
  const { clock, reads, signing, becomes } = someSecrets();
  expect(await Promise.all([signing(), signing()])).toEqual(["one", "one"]);
  becomes("two");
  await clock.advance(MINUTE_MS - 1);
  expect([await signing(), reads.length]).toEqual(["one", 1]);
  await clock.advance(1);
  expect([await signing(), reads.length]).toEqual(["two", 2]);
});

it("GIVEN that it cannot be read WHEN it was within the hour THEN that is used, and read again soon", async () => {
  const { clock, reads, signing, becomes } = someSecrets();
  await signing();
  becomes(new Error("away"));
  await clock.advance(MINUTE_MS);
  expect([await signing(), await signing(), reads.length]).toEqual(["one", "one", 2]);
  await clock.advance(10 * SECOND_MS);
  becomes("two");
  expect(await signing()).toBe("two");
  becomes(new Error("away"));
  await clock.advance(60 * MINUTE_MS);
  await expect(signing()).rejects.toThrow("away");
});

it("GIVEN a clock that was set back WHEN it is needed THEN it is read anew", async () => {
  const { reads, managed } = someSecrets();
  const times = [2 * MINUTE_MS, 2 * MINUTE_MS, 0, 0];
  const jumping = new ManagedSecrets((arn) => managed.of(arn).finally(() => reads.push("jumped")), {
    nowMs: () => times.shift() ?? 0,
  });
  await jumping.of(ARN);
  await jumping.of(ARN);
  expect(reads.filter((one) => one === "jumped")).toHaveLength(2);
});

describe("the secrets of a webhook whose secret is managed", () => {
  const target = { type: "https", url: "https://example.com/", ...HTTPS_DEFAULTS, secretArn: ARN } as const;
  const stored = { secrets: async () => ({ signing: "own", headers: { "x-key": "k" } }) };
  const { subscription } = aReader({}, { target });

  it("are its headers, and the managed secret", async () => {
    const { managed } = someSecrets();
    expect(await new KnownSecrets(stored, managed).of(subscription)).toEqual({
      signing: "one",
      headers: { "x-key": "k" },
    });
  });

  it("cannot be had where nobody reads managed ones: nothing is signed with another", async () => {
    await expect(new KnownSecrets(stored).of(subscription)).rejects.toThrow("in AWS only");
  });
});
