import type { APIGatewayProxyResult } from "aws-lambda";
import { randomUUID } from "node:crypto";
import { type Auth, SluiceClient } from "../../../lib/client/index.js";

const { env } = process;

/** On AWS the stack's own URL; an emulator has it under its endpoint. */
const apiUrl = env.AWS_ENDPOINT_URL
  ? `${env.AWS_ENDPOINT_URL}/_aws/execute-api/${env.QUEUE_API_ID}/${env.QUEUE_STAGE}`
  : (env.QUEUE_URL ?? "");

const auth: Auth =
  env.QUEUE_AUTH === "none"
    ? "none"
    : {
        region: env.AWS_REGION ?? "",
        accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
        ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
      };

const queue = new SluiceClient({ apiUrl, auth });

/** Takes an order. It is placed once the queue has stored it: `publish` throws if it has not. */
export const handler = async (event: { body?: string | null }): Promise<APIGatewayProxyResult> => {
  const order = JSON.parse(event.body ?? "{}") as { orderId?: string };
  const orderId = order.orderId ?? randomUUID();
  const { messages } = await queue.publish("orders", [{ body: { ...order, orderId }, tag: "placed" }]);
  console.log(JSON.stringify({ placed: orderId }));
  return { statusCode: 202, body: JSON.stringify({ orderId, message: messages[0] }) };
};
