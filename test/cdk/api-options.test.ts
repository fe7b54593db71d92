import { Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { InterfaceVpcEndpoint } from "aws-cdk-lib/aws-ec2";
import type { ApiOptions } from "../../cdk/api-options.js";
import type { EndpointAuth, EndpointKind } from "../../cdk/endpoint-kind.js";
import { Sluice } from "../../cdk/sluice.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { aFunction, anApp } from "./a-sluice.js";

type InStack = (stack: Stack) => SluiceProps;

function made(props: InStack): {
  readonly queue: Sluice;
  readonly stack: Stack;
  readonly template: Template;
} {
  const stack = new Stack(anApp(), "Test");
  const queue = new Sluice(stack, "Queue", props(stack));
  return { stack, queue, template: Template.fromStack(stack) };
}

const domain = (stack: Stack) => ({
  name: "queue.example.com",
  certificate: Certificate.fromCertificateArn(
    stack,
    "Cert",
    "arn:aws:acm:us-east-1:111122223333:certificate/x",
  ),
});
const vpcEndpoint = (stack: Stack) =>
  InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(stack, "Vpce", {
    vpcEndpointId: "vpce-1234",
    port: 443,
  });

describe("a name of one's own", () => {
  it("GIVEN an HTTP API WHEN it has a domain THEN the domain leads to its stage, and is the URL", () => {
    const { template, queue } = made((stack) => ({ api: { domain: domain(stack) } }));
    template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", { DomainName: "queue.example.com" });
    template.hasResourceProperties("AWS::ApiGatewayV2::ApiMapping", { ApiMappingKey: Match.absent() });
    expect(queue.apiUrl).toBe("https://queue.example.com");
    expect(Object.keys(template.findOutputs("*")).join()).toContain("ApiDomainTarget");
  });

  it("GIVEN a REST API WHEN it has a domain THEN the domain leads to its stage, with TLS 1.2", () => {
    const { template, queue } = made((stack) => ({ endpoint: "rest", api: { domain: domain(stack) } }));
    template.hasResourceProperties("AWS::ApiGateway::DomainName", {
      DomainName: "queue.example.com",
      SecurityPolicy: "TLS_1_2",
    });
    template.resourceCountIs("AWS::ApiGateway::BasePathMapping", 1);
    expect(queue.apiUrl).toBe("https://queue.example.com");
  });

  it.each([
    ["http", "AWS::ApiGatewayV2::Api"],
    ["rest", "AWS::ApiGateway::RestApi"],
  ] as const)("GIVEN a domain WHEN the %s API's own address is switched off THEN it is", (endpoint, type) => {
    const { template } = made((stack) => ({
      endpoint,
      api: { domain: domain(stack), disableExecuteApiEndpoint: true },
    }));
    template.hasResourceProperties(type, { DisableExecuteApiEndpoint: true });
  });
});

describe("browsers", () => {
  it("GIVEN origins WHEN there is an HTTP API THEN it answers OPTIONS itself: no route takes it", () => {
    const allowOrigins = ["https://shop.example.com"];
    const { template } = made(() => ({ api: { cors: { allowOrigins, maxAge: Duration.hours(1) } } }));
    template.hasResourceProperties("AWS::ApiGatewayV2::Api", {
      CorsConfiguration: {
        AllowOrigins: allowOrigins,
        AllowMethods: ["*"],
        AllowHeaders: ["authorization", "*"],
        MaxAge: 3_600,
      },
    });
    const routes = Object.values(template.findResources("AWS::ApiGatewayV2::Route"));
    const keys = routes.map(({ Properties }) => (Properties as { RouteKey: string }).RouteKey);
    expect(keys.filter((key) => /^(ANY|OPTIONS)/.test(key))).toEqual([]);
    expect(keys.filter((key) => key.endsWith(" /{proxy+}"))).toHaveLength(6);
    template.allResourcesProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "AWS_IAM" });
  });
});

describe("other ways to say who may call", () => {
  const jwt = { issuer: "https://issuer.example.com", audience: ["queue"], scopes: ["queue/use"] };

  it("GIVEN an issuer WHEN auth is jwt THEN every route asks for its tokens and scopes", () => {
    const { template } = made(() => ({ auth: "jwt", api: { jwt } }));
    template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
      AuthorizerType: "JWT",
      JwtConfiguration: { Audience: ["queue"], Issuer: jwt.issuer },
    });
    template.allResourcesProperties("AWS::ApiGatewayV2::Route", {
      AuthorizationType: "JWT",
      AuthorizationScopes: ["queue/use"],
    });
  });

  it("GIVEN a function WHEN auth is lambda THEN an HTTP API takes a policy from it, each time anew", () => {
    const { template } = made((stack) => ({
      auth: "lambda",
      api: { authorizer: { handler: aFunction(stack) } },
    }));
    template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
      AuthorizerType: "REQUEST",
      AuthorizerResultTtlInSeconds: 0,
      EnableSimpleResponses: Match.absent(),
      IdentitySource: ["$request.header.Authorization"],
    });
    template.allResourcesProperties("AWS::ApiGatewayV2::Route", { AuthorizationType: "CUSTOM" });
  });

  it("GIVEN a function WHEN auth is lambda THEN a REST API asks it by its header, as often as told", () => {
    const { template } = made((stack) => ({
      endpoint: "rest",
      auth: "lambda",
      api: { authorizer: { handler: aFunction(stack), header: "X-Key", cache: Duration.minutes(5) } },
    }));
    template.hasResourceProperties("AWS::ApiGateway::Authorizer", {
      Type: "REQUEST",
      AuthorizerResultTtlInSeconds: 300,
      IdentitySource: "method.request.header.X-Key",
    });
    template.allResourcesProperties("AWS::ApiGateway::Method", { AuthorizationType: "CUSTOM" });
  });

  it.each([
    ["jwt", () => ({ auth: "jwt", api: { jwt } })],
    ["lambda", (stack) => ({ auth: "lambda", api: { authorizer: { handler: aFunction(stack, "Auth") } } })],
  ] as const satisfies readonly (readonly [string, InStack])[])(
    "GIVEN auth %s WHEN a topic is granted THEN it is refused: no policy would be asked",
    (auth, props) => {
      const stack = new Stack(anApp(), "Test");
      const topic = new Sluice(stack, "Queue", props(stack)).addTopic("orders");
      expect(() => topic.grantPublish(aFunction(stack))).toThrow(`auth is "${auth}": IAM is not asked`);
    },
  );
});

describe("REST APIs", () => {
  it("GIVEN a web ACL WHEN there is a REST API THEN it watches its stage", () => {
    const webAclArn = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/w/1";
    const { template, queue } = made(() => ({ endpoint: "rest", api: { webAclArn } }));
    template.hasResourceProperties("AWS::WAFv2::WebACLAssociation", {
      WebACLArn: webAclArn,
      ResourceArn: Match.objectLike({}),
    });
    expect(queue.acknowledged.map(({ id }) => id)).not.toContain("AwsSolutions-APIG3");
  });

  it("GIVEN VPC endpoints WHEN there is a REST API THEN it is private, and refuses who comes another way", () => {
    const { template } = made((stack) => ({ endpoint: "rest", api: { vpcEndpoints: [vpcEndpoint(stack)] } }));
    template.hasResourceProperties("AWS::ApiGateway::RestApi", {
      EndpointConfiguration: { Types: ["PRIVATE"], VpcEndpointIds: ["vpce-1234"] },
      Policy: {
        Statement: [
          {
            Effect: "Deny",
            Principal: { AWS: "*" },
            Action: "execute-api:Invoke",
            Resource: "execute-api:/*",
            Condition: { StringNotEquals: { "aws:SourceVpce": ["vpce-1234"] } },
          },
        ],
      },
    });
  });

  it("GIVEN an account whose role for logs is somebody else's WHEN told THEN it is left alone", () => {
    made(() => ({ endpoint: "rest" })).template.resourceCountIs("AWS::ApiGateway::Account", 1);
    const { template } = made(() => ({ endpoint: "rest", api: { accountLogRole: false } }));
    template.resourceCountIs("AWS::ApiGateway::Account", 0);
  });
});

describe("what is refused", () => {
  const cors = { allowOrigins: ["*"] };
  const arn = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/w/1";
  it.each<[string, EndpointKind, (stack: Stack) => ApiOptions, EndpointAuth]>([
    [
      'api.webAclArn: only REST APIs can do this; use endpoint: "rest"',
      "http",
      () => ({ webAclArn: arn }),
      "iam",
    ],
    ["api.callers: only REST", "http", () => ({ callers: { shop: { requestsPerSecond: 1 } } }), "iam"],
    ["api.callers: name at least one", "rest", () => ({ callers: {} }), "iam"],
    ['"a b" is not a caller name', "rest", () => ({ callers: { "a b": { requestsPerSecond: 1 } } }), "iam"],
    [
      "api.callers.shop.requestsPerSecond is 0.5: use a whole number",
      "rest",
      () => ({ callers: { shop: { requestsPerSecond: 0.5 } } }),
      "iam",
    ],
    [
      "api.callers.shop.requestsPerSecond is missing",
      "rest",
      () => ({ callers: { shop: {} as never } }),
      "iam",
    ],
    ["api.vpcEndpoints: only REST", "http", (stack) => ({ vpcEndpoints: [vpcEndpoint(stack)] }), "iam"],
    ["api.accountLogRole: only REST", "http", () => ({ accountLogRole: false }), "iam"],
    ['api.cors: only HTTP APIs can do this; use endpoint: "http"', "rest", () => ({ cors }), "iam"],
    ['auth is "jwt": only HTTP APIs', "rest", () => ({}), "jwt"],
    ['auth is "jwt": say in api.jwt', "http", () => ({}), "jwt"],
    ['auth is "lambda": give its function', "http", () => ({}), "lambda"],
    [
      'api.authorizer: only with auth: "lambda"',
      "http",
      (s) => ({ authorizer: { handler: aFunction(s) } }),
      "iam",
    ],
    [
      'api.jwt: only with auth: "jwt"',
      "http",
      () => ({ jwt: { issuer: "https://i", audience: ["a"] } }),
      "iam",
    ],
    ["api.jwt.issuer", "http", () => ({ jwt: { issuer: "issuer", audience: ["a"] } }), "jwt"],
    [
      "api.jwt.audience: name at least one",
      "http",
      () => ({ jwt: { issuer: "https://i", audience: [] } }),
      "jwt",
    ],
    [
      "nobody could reach the API without api.domain",
      "http",
      () => ({ disableExecuteApiEndpoint: true }),
      "iam",
    ],
    ["api.cors.allowOrigins[0]", "http", () => ({ cors: { allowOrigins: ["shop.example.com"] } }), "iam"],
    ["api.cors.allowOrigins: name at least one", "http", () => ({ cors: { allowOrigins: [] } }), "iam"],
    [
      "api.domain.name",
      "http",
      (s) => ({ domain: { ...domain(s), name: "https://queue.example.com" } }),
      "iam",
    ],
    ["api.vpcEndpoints: name at least one", "rest", () => ({ vpcEndpoints: [] }), "iam"],
    [
      "the certificate's name cannot be that of a private API",
      "rest",
      (s) => ({ domain: domain(s), vpcEndpoints: [vpcEndpoint(s)] }),
      "iam",
    ],
  ])(
    "GIVEN %s WHEN a %s API is made THEN it is said with the construct's path",
    (text, endpoint, api, auth) => {
      const make = () => made((stack) => ({ endpoint, auth, api: api(stack) }));
      expect(make).toThrow(text);
      expect(make).toThrow(/^Test\/Queue: /);
    },
  );
});
