import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { Asking, Owner } from "../../lib/domain/ownership.js";

/** The physical id of a resource that was never created, so that deleting it deletes nothing. */
export const NOTHING = "none";

/** What CloudFormation knows the resource by, before the request is carried out. */
export const nothingYet = (event: CloudFormationCustomResourceEvent): string =>
  event.RequestType === "Create" ? `${NOTHING}/${event.RequestId}` : event.PhysicalResourceId;

/** Of a topic, or of a subscription or a schedule of one. */
export interface Names {
  readonly topic: string;
  readonly subscription?: string;
  readonly schedule?: string;
}

/** Settings as they are sent to the API. */
export type Declared = Readonly<Record<string, unknown>>;

/** What a template says of a resource. */
export interface Declaration {
  /** Its path in the API, which is also the resource's physical id: another name means another resource. */
  readonly path: string;
  readonly names: Names;
  /** The settings that the user named; undefined if the text is not a JSON object. */
  readonly settings: Declared | undefined;
  readonly settingsText: string;
  /** Settings that the construct worked out, such as a deadline that covers a function's time-out. */
  readonly derived: Declared;
}

type Properties = Readonly<Record<string, unknown>>;

/** A template can give any value as a name. It stays one segment of the path, and the API checks it. */
const segmentOf = (value: unknown): string =>
  (typeof value === "string" ? value : String(JSON.stringify(value))).replaceAll("/", "%2F");

export function declarationIn(properties: Properties): Declaration {
  const { Topic, Subscription, Schedule, Settings, Derived } = properties;
  const names = {
    topic: segmentOf(Topic),
    ...(Subscription === undefined ? {} : { subscription: segmentOf(Subscription) }),
    ...(Schedule === undefined ? {} : { schedule: segmentOf(Schedule) }),
  };
  const settingsText = String(Settings);
  return {
    path: pathOf(names),
    names,
    settings: objectIn(settingsText),
    settingsText,
    derived: objectIn(String(Derived)) ?? {},
  };
}

function pathOf({ topic, subscription, schedule }: Names): string {
  const path = `/v1/topics/${topic}`;
  if (subscription !== undefined) return `${path}/subscriptions/${subscription}`;
  return schedule === undefined ? path : `${path}/schedules/${schedule}`;
}

const PATH = /^\/v1\/topics\/([^/]+)(?:\/(subscriptions|schedules)\/([^/]+))?$/;

/** The inverse of a declaration's path. */
export function namesIn(path: string): Names | undefined {
  const [, topic, kind, name] = PATH.exec(path) ?? [];
  if (topic === undefined) return undefined;
  if (kind === undefined || name === undefined) return { topic };
  return kind === "schedules" ? { topic, schedule: name } : { topic, subscription: name };
}

function objectIn(text: string): Declared | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Declared)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Constructs of releases that noted no owners do not say to which app they belong. */
export const isOlder = (properties: Properties | undefined): boolean => properties?.["App"] === undefined;

export function ownerIn(event: CloudFormationCustomResourceEvent): Owner {
  const { App, Path } = event.ResourceProperties as Properties;
  return {
    stackId: event.StackId,
    logicalId: event.LogicalResourceId,
    ...(typeof App === "string" ? { app: App } : {}),
    ...(typeof Path === "string" ? { path: Path } : {}),
  };
}

export function askingOf(
  event: Exclude<CloudFormationCustomResourceEvent, { readonly RequestType: "Delete" }>,
  path: string,
): Asking {
  const isUpdate = event.RequestType === "Update";
  return {
    owner: ownerIn(event),
    requestId: event.RequestId,
    adopts: (event.ResourceProperties as Properties)["Adopt"] === "true",
    kind: !isUpdate ? "create" : event.PhysicalResourceId === path ? "change" : "rename",
    isOlder: isUpdate && isOlder(event.OldResourceProperties),
  };
}
