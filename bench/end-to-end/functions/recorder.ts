import type { SQSEvent } from "aws-lambda";
import { record } from "../record.js";

export const handler = async ({ Records }: SQSEvent): Promise<void> => {
  await record(Records.map(({ body }) => body));
};
