import { CfnResource, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** One cdk-nag finding that is intended, and why. `finding` selects one of several findings of the same rule. */
export interface Acknowledged {
  readonly id: string;
  /** @default - each finding of the rule */
  readonly finding?: string;
  readonly reason: string;
}

/** One of them, on the resources under `path`. */
export interface AcknowledgedFinding extends Acknowledged {
  readonly path: string;
}

interface Record {
  readonly isOn: boolean;
  readonly findings: AcknowledgedFinding[];
}

const records = new WeakMap<IConstruct, Record>();

/** Records what is acknowledged under `queue`; with `isOn` false it is only listed. */
export function recordAcknowledged(queue: IConstruct, isOn: boolean): void {
  records.set(queue, { isOn, findings: [] });
}

export const acknowledgedIn = (queue: IConstruct): readonly AcknowledgedFinding[] =>
  records.get(queue)?.findings ?? [];

const recordOf = ({ node }: IConstruct): Record | undefined =>
  [...node.scopes].reverse().flatMap((scope) => records.get(scope) ?? [])[0];

/**
 * Records on every resource under `construct` why findings of cdk-nag are intended, for teams that check their app with
 * it. cdk-nag is not needed here: version 3 reads the CDK's own acknowledgements, and version 2 this metadata.
 */
export function acknowledge(construct: IConstruct, ...rules: readonly Acknowledged[]): void {
  const record = recordOf(construct);
  record?.findings.push(...rules.map((rule) => ({ path: construct.node.path, ...rule })));
  if (record?.isOn === false) return;
  for (const { id, finding, reason } of rules) {
    Validations.of(construct).acknowledge({ id: finding ? `${id}[${finding}]` : id, reason });
  }
  for (const resource of construct.node.findAll().filter((child) => CfnResource.isCfnResource(child))) {
    const metadata: unknown = resource.getMetadata("cdk_nag");
    resource.addMetadata("cdk_nag", { rules_to_suppress: [...earlier(metadata), ...rules.map(asMetadata)] });
  }
}

const asMetadata = ({ id, finding, reason }: Acknowledged) => ({
  id,
  reason,
  ...(finding ? { applies_to: [finding] } : {}),
});

function earlier(metadata: unknown): readonly unknown[] {
  const rules = (metadata as { rules_to_suppress?: unknown } | undefined)?.rules_to_suppress;
  return Array.isArray(rules) ? rules : [];
}
