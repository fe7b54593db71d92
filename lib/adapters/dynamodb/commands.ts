import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  type DeleteRequest,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DeleteItemCommandOutput,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  type GetItemCommandOutput,
  PutItemCommand,
  type PutItemCommandInput,
  type PutItemCommandOutput,
  QueryCommand as VendorQuery,
  type QueryCommandInput as VendorQueryInput,
  type QueryCommandOutput,
  ScanCommand as VendorScan,
  type ScanCommandInput,
  type ScanCommandOutput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  type TransactWriteItemsCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { type AttributeValue, plainItem, vendorItem } from "./items/attribute-value.js";

/*
 * The calls of DynamoDB in plain values, as the SDK's own document client has them. That one prepares each call anew,
 * and twice: the same call took half as much again of the processor's time.
 */

type Item = Record<string, unknown>;
type VendorItem = Readonly<Record<string, AttributeValue>>;

/** Fields of a call that hold an item, a key, or an expression's values. */
const VALUES = ["Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey"] as const;
/** Fields of an answer that hold one. */
const VALUES_BACK = ["Item", "Attributes", "LastEvaluatedKey"] as const;

/** The SDK's types with plain values in those fields. */
type Plain<Call> = {
  [Field in keyof Call]: Field extends (typeof VALUES)[number]
    ? object | Extract<Call[Field], undefined>
    : Call[Field];
};
type PlainAnswer<Answer> = Omit<Answer, (typeof VALUES_BACK)[number] | "Items"> & {
  readonly [Field in (typeof VALUES_BACK)[number] & keyof Answer]?: Item;
} & (Answer extends { Items?: unknown } ? { readonly Items?: Item[] } : unknown);

/** What a client carries out (client.ts). */
export interface Command<Answer> {
  sendBy(client: DynamoDBClient): Promise<Answer>;
}

function vendorCall<Call>(call: Plain<Call>): Call {
  const fields = { ...call } as Item;
  for (const name of VALUES)
    if (fields[name] !== undefined) fields[name] = vendorItem(fields[name] as object);
  return fields as Call;
}

function plainAnswer<Answer>(answer: Answer): PlainAnswer<Answer> {
  const fields = { ...answer } as Item;
  for (const name of VALUES_BACK)
    if (fields[name] !== undefined) fields[name] = plainItem(fields[name] as VendorItem);
  if (fields.Items !== undefined) fields.Items = (fields.Items as VendorItem[]).map(plainItem);
  return fields as PlainAnswer<Answer>;
}

abstract class Single<Call, Answer> implements Command<PlainAnswer<Answer>> {
  constructor(private readonly call: Plain<Call>) {}

  async sendBy(client: DynamoDBClient): Promise<PlainAnswer<Answer>> {
    return plainAnswer(await this.send(client, vendorCall(this.call)));
  }

  protected abstract send(client: DynamoDBClient, call: Call): Promise<Answer>;
}

export class GetCommand extends Single<GetItemCommandInput, GetItemCommandOutput> {
  protected override send(client: DynamoDBClient, call: GetItemCommandInput): Promise<GetItemCommandOutput> {
    return client.send(new GetItemCommand(call));
  }
}

export class PutCommand extends Single<PutItemCommandInput, PutItemCommandOutput> {
  protected override send(client: DynamoDBClient, call: PutItemCommandInput): Promise<PutItemCommandOutput> {
    return client.send(new PutItemCommand(call));
  }
}

export type UpdateCommandInput = Plain<UpdateItemCommandInput>;

export class UpdateCommand extends Single<UpdateItemCommandInput, UpdateItemCommandOutput> {
  protected override send(
    client: DynamoDBClient,
    call: UpdateItemCommandInput,
  ): Promise<UpdateItemCommandOutput> {
    return client.send(new UpdateItemCommand(call));
  }
}

export class DeleteCommand extends Single<DeleteItemCommandInput, DeleteItemCommandOutput> {
  protected override send(
    client: DynamoDBClient,
    call: DeleteItemCommandInput,
  ): Promise<DeleteItemCommandOutput> {
    return client.send(new DeleteItemCommand(call));
  }
}

export type QueryCommandInput = Plain<VendorQueryInput>;

export class QueryCommand extends Single<VendorQueryInput, QueryCommandOutput> {
  protected override send(client: DynamoDBClient, call: VendorQueryInput): Promise<QueryCommandOutput> {
    return client.send(new VendorQuery(call));
  }
}

export class ScanCommand extends Single<ScanCommandInput, ScanCommandOutput> {
  protected override send(client: DynamoDBClient, call: ScanCommandInput): Promise<ScanCommandOutput> {
    return client.send(new VendorScan(call));
  }
}

/** One write of a transaction. */
export type Write = {
  [Kind in keyof TransactWriteItem]: Plain<NonNullable<TransactWriteItem[Kind]>>;
};

type Transaction = Omit<TransactWriteItemsCommandInput, "TransactItems"> & {
  readonly TransactItems: readonly Write[];
};

export class TransactWriteCommand implements Command<TransactWriteItemsCommandOutput> {
  constructor(private readonly call: Transaction) {}

  sendBy(client: DynamoDBClient): Promise<TransactWriteItemsCommandOutput> {
    const TransactItems = this.call.TransactItems.map(vendorWrite);
    return client.send(new TransactWriteItemsCommand({ ...this.call, TransactItems }));
  }
}

const vendorWrite = (write: Write): TransactWriteItem =>
  Object.fromEntries(Object.entries(write).map(([kind, change]) => [kind, vendorCall(change as object)]));

/** Deletes items of one table. Some may be left: the answer tells. */
export class BatchDeleteCommand implements Command<BatchWriteItemCommandOutput> {
  constructor(
    private readonly table: string,
    private readonly keys: readonly object[],
  ) {}

  sendBy(client: DynamoDBClient): Promise<BatchWriteItemCommandOutput> {
    const requests = this.keys.map((key) => ({ DeleteRequest: vendorCall<DeleteRequest>({ Key: key }) }));
    return client.send(new BatchWriteItemCommand({ RequestItems: { [this.table]: requests } }));
  }
}
