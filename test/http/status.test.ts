import * as domainErrors from "../../lib/domain/errors.js";
import * as httpErrors from "../../lib/http/errors.js";
import { problemOf } from "../../lib/http/problem.js";
import { STATUSES } from "../../lib/http/status.js";

type ErrorClass = new (...args: unknown[]) => domainErrors.SluiceError;

/** One error of each class; no constructor minds what it is given. */
const everyError = [...Object.entries(domainErrors), ...Object.entries(httpErrors)]
  .filter(([name]) => name !== "SluiceError")
  .map(([name, one]) => [name, new (one as unknown as ErrorClass)([], [], {})] as const);

it.each(everyError)("%s has a status of its own", (_, error) => {
  expect(STATUSES).toHaveProperty(error.code);
  expect(problemOf(error)).toMatchObject({
    code: error.code,
    status: STATUSES[error.code as keyof typeof STATUSES],
  });
});

/** They are part of the API: a change of one breaks callers. */
it("gives each code the status that it always had", () => {
  expect(STATUSES).toMatchObject({
    "invalid-request": 400,
    "topic-not-found": 404,
    "topic-has-subscriptions": 409,
    "topic-just-deleted": 409,
    "topic-paused": 409,
    "subscription-not-found": 404,
    "not-a-pull-subscription": 409,
    "setting-fixed": 409,
    "message-too-large": 413,
    "receipt-invalid": 400,
    "receipt-expired": 410,
    conflict: 409,
    throttled: 429,
    "storage-unavailable": 503,
    "stored-format-too-new": 503,
  });
});

it("has no status for a code that no error has", () => {
  const codes = everyError.map(([, { code }]) => code);
  expect(Object.keys(STATUSES).sort()).toEqual([...codes, "internal-error"].sort());
});

it("shows an error whose code it does not know as its own fault", () => {
  class Unheard extends domainErrors.SluiceError {
    readonly code = "unheard-of";
  }
  const problem = problemOf(new Unheard("a secret"));
  expect(problem).toMatchObject({ code: "internal-error", status: 500 });
  expect(JSON.stringify(problem)).not.toContain("secret");
});

it.each(Object.values(domainErrors).filter((one) => one !== domainErrors.SluiceError))(
  "a text of the domain names no route: %p",
  (one) => {
    const { message } = new (one as unknown as ErrorClass)(["x"], "x", {});
    expect(message).not.toMatch(/\/v1|GET|PUT|POST|HTTP|status/);
  },
);
