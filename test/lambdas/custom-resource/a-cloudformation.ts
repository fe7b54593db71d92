import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { Outcome } from "../../../lambdas/custom-resource/answer.js";
import { provision } from "../../../lambdas/custom-resource/provision.js";
import { createApp } from "../../../lib/http/app.js";
import type { Made } from "../an-engine.js";
import { allFits } from "./a-request.js";

export type Properties = Readonly<Record<string, string>>;
/** Custom resources by logical id, in the order of their dependencies. */
export type Template = Readonly<Record<string, Properties>>;

interface Resource {
  readonly physicalId: string;
  readonly properties: Properties;
}

export interface Deployment {
  readonly kind: "done" | "rolled-back";
  /** What went wrong, or what the functions had to say. */
  readonly said: readonly string[];
}

export interface DeployOptions {
  /** Something else of the stack fails once all custom resources were served. */
  readonly failsAtEnd?: boolean;
  /** Lambda repeats each request, because the answer was lost. */
  readonly twice?: boolean;
  /** The template has the resources stay (DeletionPolicy: RetainExceptOnCreate). */
  readonly retains?: boolean;
  /** What was replaced is deleted in this order: CloudFormation promises none. */
  readonly cleansUp?: "in order" | "backwards";
}

let requests = 0;

/**
 * One stack, as CloudFormation deploys it: creates and updates first; if one fails, those that succeeded are updated
 * back, from the new properties to the old ones; at the end what was replaced or removed is deleted. A rollback that
 * fails leaves the stack stranded, and throws.
 */
export class AStack {
  readonly #resources = new Map<string, Resource>();
  constructor(
    private readonly made: Made,
    readonly stackId = "arn:aws:cloudformation:eu-central-1:111122223333:stack/Messaging/1",
  ) {}

  get physicalIds(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#resources].map(([id, { physicalId }]) => [id, physicalId]));
  }

  /** What the stack holds before this release knew it: nothing is sent for it. */
  has(logicalId: string, physicalId: string, properties: Properties): void {
    this.#resources.set(logicalId, { physicalId, properties });
  }

  async deploy(template: Template, options: DeployOptions = {}): Promise<Deployment> {
    const before = new Map(this.#resources);
    const said: string[] = [];
    const touched: string[] = [];
    let failed = options.failsAtEnd ?? false;
    for (const [logicalId, properties] of Object.entries(template)) {
      const there = before.get(logicalId);
      if (there && JSON.stringify(there.properties) === JSON.stringify(properties)) continue;
      touched.push(logicalId);
      const outcome = await this.#send(
        logicalId,
        there ? update(there, properties) : create(properties),
        options,
      );
      said.push(...saidIn(outcome));
      if (outcome.kind === "failed") {
        // CloudFormation deletes what it could not create, and updates back what it could not update.
        if (!there) this.#resources.set(logicalId, { physicalId: outcome.physicalId, properties });
        failed = true;
        break;
      }
      this.#resources.set(logicalId, { physicalId: outcome.physicalId, properties });
    }
    if (failed) await this.#rollBack(before, touched, template, options);
    else await this.#cleanUp(before, template, options);
    return { kind: failed ? "rolled-back" : "done", said };
  }

  async delete(options: DeployOptions = {}): Promise<void> {
    const all = [...this.#resources].reverse();
    if (!options.retains)
      for (const [logicalId, resource] of all) await this.#remove(logicalId, resource, options);
    this.#resources.clear();
  }

  async #rollBack(
    before: ReadonlyMap<string, Resource>,
    touched: readonly string[],
    template: Template,
    options: DeployOptions,
  ): Promise<void> {
    const stale: [string, Resource][] = [];
    for (const logicalId of touched) {
      const [was, now] = [before.get(logicalId), this.#resources.get(logicalId)];
      if (!was) {
        if (now) stale.push([logicalId, now]);
        this.#resources.delete(logicalId);
        continue;
      }
      // Also what failed to be updated is updated back, from what it should have become.
      const from = { physicalId: now?.physicalId ?? was.physicalId, properties: template[logicalId] ?? {} };
      const outcome = await this.#send(logicalId, update(from, was.properties), options);
      if (outcome.kind === "failed") throw new Error(`UPDATE_ROLLBACK_FAILED: ${outcome.reason}`);
      if (outcome.physicalId !== from.physicalId) stale.push([logicalId, from]);
      this.#resources.set(logicalId, { physicalId: outcome.physicalId, properties: was.properties });
    }
    await this.#removeAll(stale, options);
  }

  async #cleanUp(
    before: ReadonlyMap<string, Resource>,
    template: Template,
    options: DeployOptions,
  ): Promise<void> {
    const stale: [string, Resource][] = [];
    for (const [logicalId, was] of before) {
      const isGone = !(logicalId in template);
      if (isGone) this.#resources.delete(logicalId);
      if (isGone && options.retains) continue;
      if (isGone || this.#resources.get(logicalId)?.physicalId !== was.physicalId)
        stale.push([logicalId, was]);
    }
    await this.#removeAll(stale, options);
  }

  async #removeAll(stale: readonly [string, Resource][], options: DeployOptions): Promise<void> {
    const all = options.cleansUp === "in order" ? stale : [...stale].reverse();
    if (options.cleansUp !== "in order") {
      for (const [logicalId, resource] of all) await this.#remove(logicalId, resource, options);
      return;
    }
    await Promise.all(all.map(([logicalId, resource]) => this.#remove(logicalId, resource, options)));
  }

  async #remove(
    logicalId: string,
    { physicalId, properties }: Resource,
    options: DeployOptions,
  ): Promise<void> {
    const request = { RequestType: "Delete" as const, PhysicalResourceId: physicalId, ...both(properties) };
    const outcome = await this.#send(logicalId, request, options);
    if (outcome.kind === "failed") throw new Error(`DELETE_FAILED: ${outcome.reason}`);
  }

  async #send(logicalId: string, request: Request, { twice = false }: DeployOptions): Promise<Outcome> {
    const event = {
      ...{ ServiceToken: "arn", ResponseURL: "http://nowhere", ResourceType: "Custom::SluiceTopic" },
      ...{ StackId: this.stackId, LogicalResourceId: logicalId, RequestId: `request-${++requests}` },
      ...request,
    } as CloudFormationCustomResourceEvent;
    const outcome = await this.#serve(event);
    return twice ? await this.#serve(event) : outcome;
  }

  #serve(event: CloudFormationCustomResourceEvent): Promise<Outcome> {
    const { engine, clock } = this.made;
    return provision(engine, (owning) => createApp(engine, owning), event, clock.nowMs() + 340_000, allFits);
  }
}

type Request = Pick<CloudFormationCustomResourceEvent, "RequestType" | "ResourceProperties"> & {
  readonly PhysicalResourceId?: string;
  readonly OldResourceProperties?: Properties;
};

const both = (properties: Properties) => ({ ResourceProperties: { ServiceToken: "arn", ...properties } });
const create = (properties: Properties): Request => ({ RequestType: "Create", ...both(properties) });
const update = ({ physicalId, properties }: Resource, next: Properties): Request => ({
  RequestType: "Update",
  PhysicalResourceId: physicalId,
  OldResourceProperties: { ServiceToken: "arn", ...properties },
  ...both(next),
});

const saidIn = (outcome: Outcome): readonly string[] =>
  outcome.kind === "failed" ? [outcome.reason] : (outcome.notes ?? []);

const OWN = { App: "app-1", Path: "Messaging/Queue/orders" };

export const aTopic = (Topic: string, settings: object = {}, more: Properties = OWN): Properties => ({
  Topic,
  Settings: JSON.stringify(settings),
  ...more,
});

export const aSubscription = (
  Topic: string,
  Subscription: string,
  settings: object = {},
  more: Properties = OWN,
): Properties => ({ ...aTopic(Topic, settings, more), Subscription });

export const aSchedule = (
  Topic: string,
  Schedule: string,
  settings: object = {},
  more: Properties = OWN,
): Properties => ({
  ...aTopic(Topic, { cron: "@daily", message: { body: { report: 1 } }, ...settings }, more),
  Schedule,
});
