import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { ApiAnswer, App } from "../../lib/http/request.js";
import type { Engine } from "../../lib/operations/engine.js";
import type { Outcome } from "./answer.js";
import { sendUntil } from "./send.js";

/** A subscription younger than this was created by an earlier attempt at the same request. */
const OWN_MS = 15 * 60_000;
/** The physical id of a resource that was never created, so that deleting it deletes nothing. */
const NOTHING = "none";

/**
 * Carries out CloudFormation's request by calling our own API, with the same checks as for any caller. A resource's
 * physical id is its API path, so that another name means another resource. `app` is the API over `engine`.
 */
export async function provision(
  engine: Engine,
  app: App,
  event: CloudFormationCustomResourceEvent,
  deadlineMs: number,
): Promise<Outcome> {
  const send = (method: string, path: string, body?: string) =>
    sendUntil(engine, app, deadlineMs, method, path, body);
  if (event.RequestType === "Delete") {
    const physicalId = event.PhysicalResourceId;
    if (!physicalId.startsWith("/")) return { kind: "done", physicalId };
    const answer = await send("DELETE", physicalId);
    return isOk(answer) || answer.status === 404 ? { kind: "done", physicalId } : refused(answer, physicalId);
  }
  const path = pathOf(event.ResourceProperties);
  const isThere = event.RequestType === "Update" && event.PhysicalResourceId === path;
  const physicalIdNow =
    event.RequestType === "Update" ? event.PhysicalResourceId : `${NOTHING}/${event.RequestId}`;
  if (!isThere) {
    const found = await send("GET", path);
    if (!isOk(found) && found.status !== 404) return refused(found, physicalIdNow);
    if (isOk(found) && isSomebodyElses(engine, found)) {
      return { kind: "failed", physicalId: physicalIdNow, reason: `${path} ${SOMEBODY_ELSES}` };
    }
  }
  const answer = await send("PUT", path, String(event.ResourceProperties["Settings"]));
  return isOk(answer) ? { kind: "done", physicalId: path } : refused(answer, physicalIdNow);
}

const SOMEBODY_ELSES =
  "already exists, created by another construct or over the API. It is not taken over, because it would then be " +
  "deleted with its progress together with either. Delete it first, or use another name";

/** A template can give any value as a name. It stays one segment of the path, and the API checks it. */
const segmentOf = (value: unknown): string =>
  (typeof value === "string" ? value : JSON.stringify(value)).replaceAll("/", "%2F");

function pathOf({ Topic, Subscription }: Readonly<Record<string, unknown>>): string {
  const topic = `/v1/topics/${segmentOf(Topic)}`;
  return Subscription === undefined ? topic : `${topic}/subscriptions/${segmentOf(Subscription)}`;
}

const isOk = ({ status }: ApiAnswer): boolean => status < 300;

/**
 * An existing topic is taken over, so that a topic that outlived its construct comes back with it. An existing
 * subscription is not.
 */
function isSomebodyElses({ clock }: Engine, found: ApiAnswer): boolean {
  const { target, createdAt } = JSON.parse(found.body) as { target?: unknown; createdAt: string };
  return target !== undefined && clock.nowMs() - Date.parse(createdAt) > OWN_MS;
}

function refused({ body }: ApiAnswer, physicalId: string): Outcome {
  const { code, detail } = JSON.parse(body) as { code: string; detail: string };
  return { kind: "failed", physicalId, reason: `${code}: ${detail}` };
}
