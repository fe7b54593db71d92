import { outcomeOf } from "../../../lib/adapters/https/outcome.js";
import type { Posted } from "../../../lib/adapters/https/post.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const SECRETS = { signing: "whsec_AAAA", headers: { authorization: "Bearer hunter22", "x-short": "ab" } };

const answered = (status: number, more: { text?: string; retryAfter?: string } = {}): Posted => ({
  kind: "answered",
  status,
  text: "",
  ...more,
});
const outcome = (posted: Posted) => outcomeOf(posted, SECRETS, NOW_MS);

it.each([200, 201, 202, 204, 299])("GIVEN %i WHEN it is answered THEN the messages are done", (status) => {
  expect(outcome(answered(status))).toEqual({ kind: "answered", failedIds: new Set(), status });
});

it.each([300, 301, 302, 307, 308, 400, 401, 403, 404, 408, 409, 413, 422, 500, 501, 502, 504, 599])(
  "GIVEN %i WHEN it is answered THEN it is a failed attempt",
  (status) => {
    expect(outcome(answered(status, { retryAfter: "5" }))).toMatchObject({ kind: "failed", status });
  },
);

it.each([
  [429, "throttled"],
  [503, "throttled"],
  [410, "gone"],
])("GIVEN %i WHEN it is answered THEN no message is to blame: it is %s", (status, reason) => {
  expect(outcome(answered(status))).toEqual({
    kind: "unavailable",
    reason,
    error: `answered ${status}`,
    status,
  });
});

it.each([
  ["17", 17_000],
  [" 0 ", 0],
  ["99999999", 86_400_000],
  ["Sat, 01 Aug 2026 00:01:00 GMT", 60_000],
  ["Fri, 31 Jul 2026 00:00:00 GMT", 0],
  ["Fri, 07 Aug 2026 00:00:00 GMT", 86_400_000],
  ["Saturday, 01-Aug-26 00:01:00 GMT", 60_000],
  ["2026-08-01T00:01:00Z", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["-5", undefined],
  ["", undefined],
])("GIVEN Retry-After: %j WHEN it is answered THEN the wait is %j ms", (retryAfter, expected) => {
  const { retryAfterMs } = outcome(answered(503, { retryAfter })) as { retryAfterMs?: number };
  expect(retryAfterMs).toBe(expected);
});

it.each<[Posted, object]>([
  [
    { kind: "not-connected", error: "e" },
    { kind: "unavailable", reason: "unreachable", error: "e" },
  ],
  [
    { kind: "forbidden", error: "e" },
    { kind: "unavailable", reason: "forbidden", error: "e" },
  ],
  [
    { kind: "unanswered", error: "e" },
    { kind: "failed", error: "e" },
  ],
])("GIVEN %j WHEN nothing was answered THEN it is %j", (posted, expected) => {
  expect(outcome(posted)).toEqual(expected);
});

it("keeps what was said, in printable characters, and no more than a kilobyte", () => {
  const { error } = outcome(answered(500, { text: "no\u0000\r\nway\u001b[31m ünïcode 🚀" })) as {
    error: string;
  };
  expect(error).toBe("answered 500: no way [31m ünïcode");
  const long = outcome(answered(500, { text: "ü".repeat(1_024) })) as { error: string };
  expect(Buffer.byteLength(long.error)).toBeLessThanOrEqual(1_024);
});

it("keeps no secret that a receiver repeats", () => {
  const text = "you sent Bearer hunter22, ab, and whsec_AAAA";
  expect(outcome(answered(401, { text }))).toMatchObject({
    error: "answered 401: you sent ***, ab, and ***",
  });
});

it("says of a redirect that it is not followed", () => {
  expect(outcome(answered(302))).toMatchObject({ error: "answered 302, and redirects are not followed" });
});
