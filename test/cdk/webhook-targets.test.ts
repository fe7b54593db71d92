import { Annotations, Match } from "aws-cdk-lib/assertions";
import { targetPolicyIn } from "../../lib/webhooks.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { aSluice } from "./a-sluice.js";

/** What each function of a deployment allows, by its environment. */
function policies(props: SluiceProps) {
  const functions = Object.values(aSluice(props).template().findResources("AWS::Lambda::Function"));
  return functions
    .map(({ Properties }) => Properties.Environment?.Variables as Record<string, string> | undefined)
    .filter((variables) => variables?.["SLUICE_STATE_TABLE"] !== undefined)
    .map((variables) => targetPolicyIn(variables));
}

it("allows the public internet alone unless more is asked for", () => {
  expect(policies({})).toHaveLength(7);
  for (const policy of policies({})) expect(policy).toEqual({ allowPrivate: false, allowed: [] });
});

it("gives all functions the same list", () => {
  const webhookTargets = { allow: ["10.1.0.0/16", "*.corp.example:8444"] };
  const all = policies({ webhookTargets });
  expect(all).toHaveLength(7);
  for (const policy of all) {
    expect(policy).toMatchObject({
      allowPrivate: false,
      allowed: [{ kind: "block" }, { kind: "host", host: "*.corp.example", port: 8_444 }],
    });
  }
});

it("names an entry that is wrong", () => {
  expect(() => aSluice({ webhookTargets: { allow: ["a.example", "https://b.example"] } })).toThrow(
    'webhookTargets.allow[1] is "https://b.example"',
  );
});

it("warns of private targets", () => {
  const { stack } = aSluice({ webhookTargets: { allowPrivateTargets: true } });
  Annotations.fromStack(stack).hasWarning("*", Match.stringLikeRegexp("allowPrivateTargets"));
  Annotations.fromStack(aSluice().stack).hasNoWarning("*", Match.stringLikeRegexp("allowPrivateTargets"));
});
