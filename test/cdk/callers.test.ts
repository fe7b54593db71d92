import { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { ApiOptions } from "../../cdk/api-options.js";
import { Sluice } from "../../cdk/sluice.js";
import { aFunction, anApp } from "./a-sluice.js";

const inStack = (api: ApiOptions): { readonly stack: Stack; readonly queue: Sluice } => {
  const stack = new Stack(anApp(), "Test");
  return { stack, queue: new Sluice(stack, "Queue", { endpoint: "rest", api }) };
};
const made = (api: ApiOptions): Template => Template.fromStack(inStack(api).stack);

describe("callers that are counted one by one", () => {
  const callers = {
    shop: { requestsPerSecond: 50 },
    reports: { requestsPerSecond: 2, requestsBurst: 10, requestsPerDay: 1_000 },
  };

  it("GIVEN callers WHEN there is a REST API THEN each has a key and a plan, and no request goes without", () => {
    const template = made({ callers });
    template.resourceCountIs("AWS::ApiGateway::ApiKey", 2);
    template.resourceCountIs("AWS::ApiGateway::UsagePlanKey", 2);
    template.hasResourceProperties("AWS::ApiGateway::UsagePlan", {
      Throttle: { RateLimit: 50, BurstLimit: 50 },
      Quota: Match.absent(),
      ApiStages: [Match.objectLike({ Stage: Match.anyValue() })],
    });
    template.hasResourceProperties("AWS::ApiGateway::UsagePlan", {
      Throttle: { RateLimit: 2, BurstLimit: 10 },
      Quota: { Limit: 1_000, Period: "DAY" },
    });
    template.allResourcesProperties("AWS::ApiGateway::Method", {
      ApiKeyRequired: true,
      AuthorizationType: "AWS_IAM",
    });
  });

  it("GIVEN none WHEN there is a REST API THEN no request needs a key", () => {
    const template = made({});
    template.resourceCountIs("AWS::ApiGateway::UsagePlan", 0);
    template.allResourcesProperties("AWS::ApiGateway::Method", { ApiKeyRequired: Match.absent() });
  });

  it("GIVEN a caller WHEN its key is asked for THEN a function may be allowed to read it, and no other", () => {
    const { stack, queue } = inStack({ callers });
    queue.apiKey("shop").grantRead(aFunction(stack));
    Template.fromStack(stack).hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: { Statement: [Match.objectLike({ Action: "apigateway:GET" })] },
    });
    expect(() => queue.apiKey("nobody")).toThrow('Test/Queue/Endpoint: api.callers has no "nobody"');
  });
});
