import {
  Conflict,
  SettingFixed,
  InvalidRequest,
  MessageTooLarge,
  NotPull,
  ReceiptExpired,
  ReceiptInvalid,
  type SluiceError,
  StorageUnavailable,
  StoredFormatTooNew,
  SubscriptionNotFound,
  Throttled,
  TopicJustDeleted,
  TopicNotEmpty,
  TopicNotFound,
  TopicPaused,
} from "../../lib/domain/errors.js";

const fields = [
  { path: "messages[3].key", detail: "at most 128 characters" },
  { path: "", detail: "no more than 1000 messages" },
];

/** Each error by its code: how it is made, and what its text has to name, however it puts that. */
const ERRORS: readonly [code: string, make: () => SluiceError, names: readonly string[]][] = [
  ["invalid-request", () => new InvalidRequest(fields), ["messages[3].key", "128", "1000"]],
  ["topic-not-found", () => new TopicNotFound("orders"), ["orders"]],
  ["topic-has-subscriptions", () => new TopicNotEmpty("orders"), ["orders"]],
  ["topic-just-deleted", () => new TopicJustDeleted("orders", 60_000), ["orders"]],
  ["topic-paused", () => new TopicPaused("orders"), ["orders"]],
  ["subscription-not-found", () => new SubscriptionNotFound("orders", "billing"), ["orders", "billing"]],
  ["not-a-pull-subscription", () => new NotPull("billing", "lambda"), ["billing", "lambda"]],
  ["setting-fixed", () => new SettingFixed(fields), ["messages[3].key", "128", "1000"]],
  ["message-too-large", () => new MessageTooLarge(262_145, 262_144), ["262145", "262144"]],
  ["receipt-invalid", () => new ReceiptInvalid("another subscription's"), ["another subscription"]],
  ["receipt-expired", () => new ReceiptExpired(), ["receipt", "settled"]],
  ["conflict", () => new Conflict("an append"), ["an append"]],
  ["throttled", () => new Throttled("an append", 250), ["an append", "250"]],
  ["storage-unavailable", () => new StorageUnavailable("an append"), ["an append"]],
  ["stored-format-too-new", () => new StoredFormatTooNew("a slot"), ["a slot", "newer release"]],
];

describe.each(ERRORS)("the error %s", (code, make, names) => {
  it("has its code", () => {
    expect(make().code).toBe(code);
  });

  it("says what it is about, and in a log what it is", () => {
    const error = make();
    for (const name of names) expect(error.message).toContain(name);
    expect(error.name).toBe(error.constructor.name);
    expect(String(error)).toBe(`${error.constructor.name}: ${error.message}`);
  });
});

describe("a problem with some fields", () => {
  it("keeps each, for whoever can show them", () => {
    expect(new InvalidRequest(fields).errors).toEqual(fields);
    expect(new SettingFixed(fields).errors).toEqual(fields);
  });

  it("names the path of each that has one, one after the other", () => {
    expect(new InvalidRequest(fields).message).toBe(
      "messages[3].key: at most 128 characters; no more than 1000 messages",
    );
  });
});

it("an error that may pass says after how many milliseconds, and no other does", () => {
  const delays = ERRORS.map(([code, make]) => [code, make().retryAfterMs]);
  expect(delays.filter(([, retryAfterMs]) => retryAfterMs !== undefined)).toEqual([
    ["topic-just-deleted", 60_000],
    ["conflict", 200],
    ["throttled", 250],
    ["storage-unavailable", 1_000],
    ["stored-format-too-new", 5_000],
  ]);
});

it("an error of a store keeps what the store said", () => {
  const cause = new Error("no answer");
  expect(new Throttled("an append", 250, { cause }).cause).toBe(cause);
  expect(new StorageUnavailable("an append", { cause }).cause).toBe(cause);
});
