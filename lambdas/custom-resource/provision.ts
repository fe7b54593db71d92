import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import {
  type Asking,
  type Claim,
  type Owner,
  type Ownership,
  newOwnership,
  nextOwnership,
  standing,
} from "../../lib/domain/ownership.js";
import type { LookAtGiven } from "../../lib/given-storage.js";
import type { App } from "../../lib/http/request.js";
import type { Engine } from "../../lib/operations/engine.js";
import type { Outcome } from "./answer.js";
import { changeTo } from "./change.js";
import { CLOCK_STARTED, clockStarted } from "./clock-started.js";
import { foundBy } from "./found.js";
import { withPartitionsBefore, withoutFewerPartitions } from "./partitions.js";
import { remove } from "./remove.js";
import { type Declaration, type Declared, askingOf, declarationIn, nothingYet } from "./request.js";
import { RESTORED, restored } from "./restored.js";
import { type Refused, attemptUntil, isOk, send } from "./send.js";

/** The API over the engine, whose changes belong to whom the claim says. */
export type AppFor = (owning: { readonly claim?: Claim }) => App;

/**
 * Carries out CloudFormation's request by calling our own API, with the same checks as for any caller. A resource's
 * physical id is its API path, so that another name means another resource. Whatever was made is noted as its
 * construct's (docs/decisions/0042-who-made-it-owns-it.md).
 */
export async function provision(
  engine: Engine,
  appFor: AppFor,
  event: CloudFormationCustomResourceEvent,
  deadlineMs: number,
  look: LookAtGiven,
): Promise<Outcome> {
  if (event.ResourceType === CLOCK_STARTED) return await clockStarted(engine, event);
  if (event.ResourceType === RESTORED) return await restored(engine, event, deadlineMs, look);
  if (event.RequestType === "Delete") return await remove(engine, event, deadlineMs);
  const wanted = declarationIn(event.ResourceProperties);
  const before = event.RequestType === "Update" ? declarationIn(event.OldResourceProperties) : undefined;
  const asking = askingOf(event, wanted.path);
  const physicalIdNow = nothingYet(event);
  const put = { engine, appFor, wanted, before, asking, physicalIdNow };
  return await attemptUntil(engine, deadlineMs, physicalIdNow, () => attempt(put));
}

interface PutRequest {
  readonly engine: Engine;
  readonly appFor: AppFor;
  readonly wanted: Declaration;
  readonly before: Declaration | undefined;
  readonly asking: Asking;
  readonly physicalIdNow: string;
}

async function attempt(put: PutRequest): Promise<Outcome | Refused> {
  const { appFor, wanted } = put;
  const there = await send(appFor({}), "GET", wanted.path);
  if (isOk(there)) return await change(put, JSON.parse(there.body) as Declared);
  if (there.status !== 404) return { kind: "refused", answer: there };
  const claim: Claim = (found) => (found ? "lost" : newOwnership(put.asking));
  const text = wanted.settings
    ? JSON.stringify({ ...wanted.derived, ...wanted.settings })
    : wanted.settingsText;
  const answer = await send(appFor({ claim }), "PUT", wanted.path, text);
  if (!isOk(answer)) return { kind: "refused", answer };
  return { kind: "done", physicalId: wanted.path };
}

async function change(put: PutRequest, there: Declared): Promise<Outcome | Refused> {
  const { engine, appFor, wanted, before, asking, physicalIdNow } = put;
  const { ownership } = (await foundBy(engine, wanted.names)) ?? {};
  const is = standing(ownership, asking);
  const physicalId = wanted.path;
  if (is === "refused")
    return { kind: "failed", physicalId: physicalIdNow, reason: refusal(wanted.path, ownership?.owner) };
  if (is === "ousted") {
    const note = `${wanted.path} was left alone: it belongs to ${named(ownership?.owner)} now`;
    return { kind: "done", physicalId, notes: [note] };
  }
  // What was renamed to this name, or made with it, has declared nothing of what is there.
  const last = asking.kind === "change" ? before : undefined;
  const claim: Claim = (found, settings) => {
    if (standing(found, asking) !== is) return "lost";
    return is === "guest"
      ? found
      : withPartitionsBefore(nextOwnership(found, asking, settings), wanted, last);
  };
  const { body, notes } = withoutFewerPartitions(
    changeTo(wanted, last, there),
    wanted,
    last,
    there,
    ownership,
  );
  const text = wanted.settings ? JSON.stringify(body) : wanted.settingsText;
  const answer = await send(appFor({ claim }), "PATCH", wanted.path, text);
  if (!isOk(answer)) return { kind: "refused", answer };
  const all = [...notes, ...noteOf(is, wanted.path, ownership, asking)];
  return { kind: "done", physicalId, ...(all.length > 0 ? { notes: all } : {}) };
}

const named = (owner: Owner | undefined): string =>
  owner ? `${owner.path ?? owner.logicalId} of stack ${owner.stackId}` : "nobody";

const refusal = (path: string, owner: Owner | undefined): string =>
  owner
    ? `${path} already exists and belongs to ${named(owner)}. Use another name, or set adopt: true to take it over`
    : `${path} already exists, created over the API or by an older release. It is not taken over, because it would ` +
      "then be deleted with the construct: set adopt: true if it is to be, delete it first, or use another name";

function noteOf(
  is: string,
  path: string,
  ownership: Ownership | undefined,
  { adopts, isOlder }: Asking,
): readonly string[] {
  if (is === "guest")
    return [
      `${path} was created over the API since: it was changed, but stays when its construct is deleted`,
    ];
  if (is !== "takes-over") return [];
  if (ownership) return [`${path} was taken over from ${named(ownership.owner)}`];
  return adopts && !isOlder ? [`${path} was taken over: it had been created over the API`] : [];
}
