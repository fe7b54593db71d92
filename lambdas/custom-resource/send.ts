import { SluiceError } from "../../lib/domain/errors.js";
import { problemAnswer } from "../../lib/http/problem.js";
import type { ApiAnswer, App } from "../../lib/http/request.js";
import type { Engine } from "../../lib/operations/engine.js";
import type { Outcome } from "./answer.js";

/** Sends one request to our own API. */
export async function send(app: App, method: string, path: string, body?: string): Promise<ApiAnswer> {
  const { signal } = new AbortController();
  const content = body === undefined ? {} : { body: [Buffer.from(body)] };
  return await app({ method, path, query: [], headers: [], ...content, signal });
}

/** Does something that the API has no request for, with the API's answer if it fails. */
export async function answering(work: () => Promise<void>): Promise<ApiAnswer> {
  try {
    await work();
    return { status: 204, headers: {}, body: "" };
  } catch (error) {
    return problemAnswer(error, "");
  }
}

export const isOk = ({ status }: ApiAnswer): boolean => status < 300;

export const codeOf = (answer: ApiAnswer): string =>
  isOk(answer) ? "" : (JSON.parse(answer.body) as { code: string }).code;

/** A refusal by the API, which may be over in a while. */
export interface Refused {
  readonly kind: "refused";
  readonly answer: ApiAnswer;
  /** @default as the answer says; if it does not, there is no use in trying again */
  readonly retryAfterMs?: number;
}

/** @throws {unknown} what is not an error of ours: nobody knows whether that may succeed later */
function refusedBy(error: unknown): Refused {
  if (!(error instanceof SluiceError)) throw error;
  return { kind: "refused", answer: problemAnswer(error, "") };
}

/**
 * Makes attempts, each from the beginning because much may have changed, while they may succeed later and there is
 * time.
 */
export async function attemptUntil(
  { clock }: Engine,
  deadlineMs: number,
  physicalId: string,
  attempt: () => Promise<Outcome | Refused>,
): Promise<Outcome> {
  for (;;) {
    const result = await attempt().catch(refusedBy);
    if (result.kind !== "refused") return result;
    const { headers, body } = result.answer;
    const retryAfterMs = result.retryAfterMs ?? Number(headers["Retry-After"] ?? 0) * 1_000;
    if (retryAfterMs === 0 || clock.nowMs() + retryAfterMs > deadlineMs) {
      const { code, detail } = JSON.parse(body) as { code: string; detail: string };
      return { kind: "failed", physicalId, reason: `${code}: ${detail}` };
    }
    await clock.sleep(retryAfterMs);
  }
}
