import { aSluice } from "./a-sluice.js";

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
type Resources = Readonly<Record<string, Resource>>;

const resourcesOf = (props: Parameters<typeof aSluice>[0] = {}): Resources =>
  (aSluice(props).template().toJSON() as { readonly Resources: Resources }).Resources;
const ofType = (resources: Resources, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);
const idsOf = (resources: Resources, type: string): readonly string[] =>
  ofType(resources, type)
    .map(([id]) => id)
    .sort();

/** What calls a function, in whichever property it names it. */
const CALLERS = [
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGateway::Method",
  "AWS::Lambda::EventSourceMapping",
  "AWS::Lambda::Permission",
  "AWS::Events::Rule",
];
const PUBLISHED = ["Api", "Clock", "Dispatcher", "Pump", "Receive", "Relay"];

describe.each(["http", "rest"] as const)("the functions of a queue with endpoint %s", (endpoint) => {
  const resources = resourcesOf({ endpoint });
  const published = PUBLISHED.filter((name) => endpoint === "http" || name !== "Receive");

  it("GIVEN a queue WHEN it is synthesized THEN the alias of each leads to a version that is its own", () => {
    const aliases = ofType(resources, "AWS::Lambda::Alias");
    expect(aliases.map(([id]) => /Functions(\w+)Live/.exec(id)?.[1]).sort()).toEqual(published);
    for (const [id, { Properties }] of aliases) {
      const name = /Functions\w+(?=Live)/.exec(id)?.[0] ?? "?";
      expect(Properties["Name"]).toBe("live");
      expect(JSON.stringify(Properties["FunctionVersion"])).toContain(`${name}FunctionCurrentVersion`);
    }
  });

  it("GIVEN whatever calls a function WHEN it names it THEN it is the alias, and never what is deployed last", () => {
    const callers = Object.entries(resources).filter(([, { Type }]) => CALLERS.includes(Type));
    const past = callers.filter(([, caller]) =>
      /Functions(?!Provision)\w+Function[0-9A-F]{8}/.test(JSON.stringify(caller)),
    );
    expect(past).toEqual([]);
    expect(callers.filter(([, caller]) => /Functions\w+Live/.test(JSON.stringify(caller)))).not.toEqual([]);
  });

  it("GIVEN pump and clock, which nobody waits for WHEN one dies THEN Lambda does not try its alias again", () => {
    const configs = ofType(resources, "AWS::Lambda::EventInvokeConfig");
    expect(configs.map(([, { Properties }]) => Properties["MaximumRetryAttempts"])).toEqual([0, 0]);
    const qualifiers = configs.map(([, { Properties }]) => JSON.stringify(Properties["Qualifier"]));
    expect(qualifiers.map((text) => /Functions(\w+)Live/.exec(text)?.[1])).toEqual(["Pump", "Clock"]);
  });
});

it("GIVEN another setting WHEN it is deployed THEN each function has a new version, and no new alias", () => {
  const [before, after] = [resourcesOf(), resourcesOf({ environment: { TZ_OF_LOGS: "UTC" } })];
  const versions = [before, after].map((one) => idsOf(one, "AWS::Lambda::Version"));
  expect(versions[1]).toHaveLength(PUBLISHED.length);
  expect(versions[1]?.filter((id) => versions[0]?.includes(id))).toEqual([]);
  for (const type of ["AWS::Lambda::Alias", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission"])
    expect(idsOf(after, type)).toEqual(idsOf(before, type));
});

it("GIVEN the function that serves CloudFormation WHEN its token is read THEN it never changes", () => {
  const { stack, queue, template } = aSluice();
  queue.addTopic("orders");
  const made = Object.values(template().findResources("Custom::SluiceTopic")) as Resource[];
  expect(made.map(({ Properties }) => JSON.stringify(stack.resolve(Properties["ServiceToken"])))).toEqual([
    expect.stringMatching(/FunctionsProvisionFunction[0-9A-F]{8}","Arn"/),
  ]);
});
