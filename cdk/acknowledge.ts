import { CfnResource, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** One cdk-nag finding that is intended, and why. `finding` selects one of several findings of the same rule. */
export interface Acknowledged {
  readonly id: string;
  readonly finding?: string;
  readonly reason: string;
}

/**
 * Records on every resource under `construct` why findings of cdk-nag are intended, for teams that check their app with
 * it. cdk-nag is not needed here: version 3 reads the CDK's own acknowledgements, and version 2 this metadata.
 */
export function acknowledge(construct: IConstruct, ...rules: readonly Acknowledged[]): void {
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
