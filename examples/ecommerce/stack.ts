import { CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { HttpApi, HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LambdaIntegration, RestApi } from "aws-cdk-lib/aws-apigateway";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";
import { fileURLToPath } from "node:url";
import { CONSUMERS } from "./consumers.js";
import { Sluice, type SluiceProps, type Topic } from "../../cdk/index.js";
import { type ExampleSettings, OF_AN_EXAMPLE } from "../example.js";

export interface EcommerceProps extends ExampleSettings {
  /** Whether webhooks may lead to private addresses. @default false */
  readonly allowPrivateTargets?: boolean;
}

const entry = (name: string): string => fileURLToPath(new URL(`functions/${name}.ts`, import.meta.url));

/** An order is placed; logistics, cart and points each consume it on their own. */
export class EcommerceStack extends Stack {
  private readonly settings: EcommerceProps;

  constructor(scope: Construct, id: string, props: EcommerceProps) {
    super(scope, id);
    this.settings = props;
    const queueProps: SluiceProps = {
      endpoint: props.endpoint,
      auth: props.auth,
      webhookTargets: { allowPrivateTargets: props.allowPrivateTargets ?? false },
      ...OF_AN_EXAMPLE,
      environment: props.environment,
    };
    const queue = new Sluice(this, "Queue", queueProps);
    const orders = queue.addTopic("orders");
    orders.addPullSubscription("audit");
    for (const consumer of CONSUMERS) this.addConsumer(orders, consumer);
    this.addOrderApi(queue, orders);
  }

  private addFunction(id: string, name: string, environment: Record<string, string>): NodejsFunction {
    return new NodejsFunction(this, id, {
      entry: entry(name),
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.seconds(20),
      memorySize: 256,
      environment: { ...this.settings.environment, ...environment },
      bundling: {
        format: OutputFormat.ESM,
        target: "node20",
        externalModules: [],

        banner: REQUIRE,
      },
    });
  }

  private addConsumer(orders: Topic, name: string): void {
    const table = new Table(this, `${name}Table`, {
      partitionKey: { name: "orderId", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const consumer = this.addFunction(`${name}Function`, "consumer", {
      TABLE: table.tableName,
      CONSUMER: name,
    });
    table.grantReadWriteData(consumer);
    orders.subscribe(name, consumer, { maxConcurrency: 4 });
    new CfnOutput(this, `${name}TableName`, { value: table.tableName });
  }

  private addOrderApi(queue: Sluice, orders: Topic): void {
    const { endpoint, auth } = this.settings;
    const stage = endpoint === "rest" ? "prod" : "$default";
    const orderApi = this.addFunction("OrderFunction", "order-api", {
      QUEUE_URL: queue.apiUrl,
      QUEUE_AUTH: auth,
      QUEUE_API_ID: queue.endpoint.apiId,
      QUEUE_STAGE: stage,
    });
    orders.grantPublish(orderApi);
    new CfnOutput(this, "OrderApiId", { value: this.expose(orderApi) });
  }

  private expose(fn: NodejsFunction): string {
    if (this.settings.endpoint === "rest") {
      const api = new RestApi(this, "OrderApi");
      api.root.addResource("orders").addMethod("POST", new LambdaIntegration(fn));
      return api.restApiId;
    }
    const api = new HttpApi(this, "OrderApi");
    api.addRoutes({
      path: "/orders",
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration("Orders", fn),
    });
    return api.apiId;
  }
}

const REQUIRE =
  'import { createRequire as exampleRequire } from "node:module"; const require = exampleRequire(import.meta.url);';
