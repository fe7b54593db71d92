import type { CloudFormationCustomResourceEvent } from "aws-lambda";

/** The outcome of a CloudFormation request. */
export type Outcome =
  /** `notes` are told to the person who deploys. */
  | { readonly kind: "done"; readonly physicalId: string; readonly notes?: readonly string[] }
  /** `reason` is shown to the person who deploys. */
  | { readonly kind: "failed"; readonly physicalId: string; readonly reason: string };

const ATTEMPTS = 5;
const PAUSE_MS = 500;
/** CloudFormation takes 4 KB for the whole response. */
const REASON_LIMIT_BYTES = 2_000;
const QUOTES_BYTES = 2;

/**
 * Tells CloudFormation the outcome. @throws if it cannot be reached: Lambda then repeats the whole request, which does
 * no harm.
 */
export async function tellCloudFormation(
  event: Pick<
    CloudFormationCustomResourceEvent,
    "ResponseURL" | "StackId" | "RequestId" | "LogicalResourceId"
  >,
  outcome: Outcome,
): Promise<void> {
  const body = JSON.stringify({
    Status: outcome.kind === "done" ? "SUCCESS" : "FAILED",
    ...reasonOf(outcome),
    PhysicalResourceId: outcome.physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  });
  for (let attempt = 1; ; attempt++) {
    const problem = await put(event.ResponseURL, body);
    if (problem === undefined) return;
    if (attempt === ATTEMPTS)
      throw new Error(`CloudFormation could not be told in ${ATTEMPTS} attempts: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1)));
  }
}

function reasonOf(outcome: Outcome): { readonly Reason?: string } {
  const reason = outcome.kind === "failed" ? outcome.reason : (outcome.notes ?? []).join("; ");
  return reason === "" ? {} : { Reason: fitting(reason) };
}

/** As much of the text as fits as JSON, where a character takes up to six bytes. */
function fitting(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - QUOTES_BYTES;
    if (bytes > REASON_LIMIT_BYTES) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** Returns what went wrong, or undefined. The URL was signed for an empty content type. */
async function put(url: string, body: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { method: "PUT", headers: { "content-type": "" }, body });
    return response.ok ? undefined : `status ${response.status}`;
  } catch (error) {
    return String(error);
  }
}
