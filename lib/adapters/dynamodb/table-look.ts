import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { TableLook } from "../../domain/given-storage.js";
import { translated } from "./errors.js";

/** Looks at a table's settings. */
export const lookAtTable = async (client: DynamoDBClient, name: string): Promise<TableLook> =>
  await translated(`looking at table ${name}`, async () => {
    const [{ Table = {} }, { TimeToLiveDescription: ttl }] = await Promise.all([
      client.send(new DescribeTableCommand({ TableName: name })),
      client.send(new DescribeTimeToLiveCommand({ TableName: name })),
    ]);
    const { StreamSpecification: stream, LatestStreamArn: arn = "" } = Table;
    const isOn = ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING";
    return {
      name,
      key: keyOf(Table),
      ...(stream?.StreamEnabled ? { stream: { viewType: stream.StreamViewType ?? "", arn } } : {}),
      ...(isOn ? { ttlAttribute: ttl.AttributeName ?? "" } : {}),
    };
  });

const keyOf = ({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string =>
  KeySchema.map(({ AttributeName }) => {
    const defined = AttributeDefinitions.find((one) => one.AttributeName === AttributeName);
    return `${AttributeName} ${defined?.AttributeType}`;
  }).join(", ");
