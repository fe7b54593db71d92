import { vendorError } from "../../../lib/adapters/aws/vendor-error.js";
import { toDomainError } from "../../../lib/adapters/dynamodb/errors.js";
import { outcomeOfError } from "../../../lib/adapters/lambda/errors.js";

const TOKEN = "FwoGZXIvYXdzEBYaDH";

const fromAws = (name: string, message: string): Error =>
  Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: 400, requestId: "R123" },
    $response: { headers: { "x-amz-security-token": TOKEN } },
  });
const DENIED = fromAws(
  "AccessDeniedException",
  "not authorized to perform: dynamodb:GetItem on resource: log",
);
/** The text as DynamoDB and Lambda write it. */
const WRONGLY_SIGNED = fromAws(
  "InvalidSignatureException",
  `The Canonical String for this request should have been 'POST\n/\n\nx-amz-security-token:${TOKEN}'`,
);

/** All that a logger can find of it. */
const everythingOf = (error: unknown): string =>
  error instanceof Error
    ? [String(error), error.stack, JSON.stringify(error), everythingOf(error.cause)].join("\n")
    : JSON.stringify(error);

describe("an error of AWS's", () => {
  it("tells what to act on", () => {
    expect(String(vendorError(DENIED))).toBe(
      "AccessDeniedException: not authorized to perform: dynamodb:GetItem on resource: log (HTTP 400, request R123)",
    );
  });

  it("tells how a connection failed", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    expect(String(vendorError(refused))).toBe("Error: connect ECONNREFUSED (ECONNREFUSED)");
  });

  it("tells nothing of the request that was signed", () => {
    expect(everythingOf(vendorError(WRONGLY_SIGNED))).not.toContain(TOKEN);
    expect(everythingOf(vendorError(DENIED))).not.toContain(TOKEN);
    expect(String(vendorError(WRONGLY_SIGNED))).toContain(
      "InvalidSignatureException: (HTTP 400, request R123)",
    );
  });

  it("lies behind the store's own error, in a log's words", () => {
    const error = toDomainError(DENIED, "reading the log");
    expect(String(error)).toBe(
      "StorageUnavailable: storage is unavailable: reading the log failed <- AccessDeniedException: " +
        "not authorized to perform: dynamodb:GetItem on resource: log (HTTP 400, request R123)",
    );
    expect(everythingOf(toDomainError(WRONGLY_SIGNED, "reading the log"))).not.toContain(TOKEN);
  });

  it("is an outcome of a delivery without a secret", () => {
    const outcome = outcomeOfError(WRONGLY_SIGNED);
    expect(outcome).toMatchObject({ kind: "unavailable", requestId: "R123" });
    expect(everythingOf(outcome)).not.toContain(TOKEN);
  });

  it("may be anything that was thrown", () => {
    expect(String(vendorError("no more"))).toBe("Error: no more");
    expect(String(vendorError(undefined))).toBe("Error: undefined");
  });
});
