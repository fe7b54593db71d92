import { Annotations, Match } from "aws-cdk-lib/assertions";
import { aSluice } from "./a-sluice.js";

interface Route {
  readonly Properties: { readonly RouteKey: string; readonly Target: unknown };
}

describe("HTTP API, the default", () => {
  it("sends requests that wait to a function with little memory, all else to another, only if signed", () => {
    const template = aSluice().template();
    template.allResourcesProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "AWS_IAM" });
    const routes = Object.values(template.findResources("AWS::ApiGatewayV2::Route")) as Route[];
    const targets = new Map(
      routes.map(({ Properties: { RouteKey, Target } }) => {
        const [id] = /Integration[A-Z0-9]+/.exec(JSON.stringify(Target)) ?? [];
        const integrations = template.findResources("AWS::ApiGatewayV2::Integration");
        const found = Object.entries(integrations).find(([name]) => name.endsWith(id ?? "?"));
        return [RouteKey, JSON.stringify(found?.[1])];
      }),
    );
    expect([...targets.keys()].sort()).toEqual([
      "ANY /{proxy+}",
      "GET /v1/topics/{topic}/messages",
      "POST /v1/topics/{topic}/subscriptions/{subscription}/receive",
    ]);
    expect(targets.get("ANY /{proxy+}")).toContain("FunctionsApiLive");
    expect(targets.get("POST /v1/topics/{topic}/subscriptions/{subscription}/receive")).toContain(
      "FunctionsReceiveLive",
    );
    expect(targets.get("GET /v1/topics/{topic}/messages")).toContain("FunctionsReceiveLive");
    template.resourceCountIs("AWS::ApiGateway::RestApi", 0);
  });

  it("is throttled and keeps an access log", () => {
    aSluice({ requestsPerSecond: 50, requestsBurst: 70 })
      .template()
      .hasResourceProperties("AWS::ApiGatewayV2::Stage", {
        StageName: "$default",
        DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 70 },
        AccessLogSettings: {
          DestinationArn: Match.anyValue(),
          Format: Match.stringLikeRegexp("requestId.*status.*caller"),
        },
      });
  });

  it("throttles at 1000 a second unless told", () => {
    aSluice()
      .template()
      .hasResourceProperties("AWS::ApiGatewayV2::Stage", {
        DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
      });
  });
});

describe("REST API, where asked for", () => {
  const template = aSluice({ endpoint: "rest", requestsPerSecond: 50, requestsBurst: 70 }).template();

  it("sends every path to the function, for signed requests only, whatever the body", () => {
    template.allResourcesProperties("AWS::ApiGateway::Method", {
      HttpMethod: "ANY",
      AuthorizationType: "AWS_IAM",
    });
    template.hasResourceProperties("AWS::ApiGateway::Resource", { PathPart: "{proxy+}" });
    template.hasResourceProperties("AWS::ApiGateway::RestApi", { BinaryMediaTypes: ["*/*"] });
    template.resourceCountIs("AWS::ApiGatewayV2::Api", 0);
    expect(JSON.stringify(template.toJSON())).not.toContain("FunctionsReceiveLive");
  });

  it("is throttled and keeps an access log", () => {
    template.hasResourceProperties("AWS::ApiGateway::Stage", {
      StageName: "prod",
      AccessLogSetting: { DestinationArn: Match.anyValue() },
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 70 })],
    });
  });
});

describe('auth "none"', () => {
  it.each(["http", "rest"] as const)("opens the %s endpoint, and says so", (endpoint) => {
    const { stack, template } = aSluice({ endpoint, auth: "none" });
    const type = endpoint === "http" ? "AWS::ApiGatewayV2::Route" : "AWS::ApiGateway::Method";
    template().allResourcesProperties(type, { AuthorizationType: "NONE" });
    const warned = Annotations.fromStack(stack).findWarning(
      "*",
      Match.stringLikeRegexp('auth is "none".*Use it only locally'),
    );
    expect(warned).toHaveLength(1);
  });

  it("is not what one gets unasked", () => {
    const { stack } = aSluice();
    expect(Annotations.fromStack(stack).findWarning("*", Match.anyValue())).toEqual([]);
  });
});

it.each(["http", "rest"] as const)("puts out where the %s endpoint and the rest of it are", (endpoint) => {
  const outputs = Object.keys(aSluice({ endpoint }).template().findOutputs("*"));
  for (const name of ["ApiUrl", "ApiId", "LogTable", "StateTable", "OutboxTable", "BucketName"]) {
    expect(outputs.filter((output) => output.startsWith(`Queue${name}`))).toHaveLength(1);
  }
});
