import type { LookAtGiven } from "../../../lib/given-storage.js";

/** What a queue was given fits, or it was given nothing. */
export const allFits: LookAtGiven = () => Promise.resolve({ faults: [], notes: [] });

/** A custom resource that stands for something else than a topic, a subscription or a schedule. */
interface Resource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Those of before an update. */
  readonly before?: Readonly<Record<string, unknown>>;
}

/** What CloudFormation sends of it, by the kind of request. */
export function requestsOf({ type, logicalId, physicalId, properties = {}, before = {} }: Resource) {
  const common = {
    ServiceToken: "arn",
    ResponseURL: "http://nowhere",
    StackId: "stack",
    RequestId: "request-1",
    LogicalResourceId: logicalId,
    ResourceType: type,
    ResourceProperties: { ServiceToken: "arn", ...properties },
  };
  const known = { ...common, PhysicalResourceId: physicalId };
  const OldResourceProperties = { ServiceToken: "arn", ...before };
  return {
    Create: { ...common, RequestType: "Create" as const },
    Update: { ...known, RequestType: "Update" as const, OldResourceProperties },
    Delete: { ...known, RequestType: "Delete" as const },
  };
}
