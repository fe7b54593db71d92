import { CfnResource, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * One finding of cdk-nag that is as it should be, and why. `finding` narrows a rule that has several on one resource.
 */
export interface Acknowledged {
  readonly id: string;
  readonly finding?: string;
  readonly reason: string;
}

/**
 * Notes why findings of cdk-nag are meant, on every resource under `construct`, for a team that checks its app with it.
 * Needs no cdk-nag: version 3 reads the CDK's own acknowledgements, version 2 this metadata.
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
