import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type DeliveredToWebhook, inboxItem, once } from "../../lib/client/index.js";

/** Where the bank keeps what it knows. */
export interface BankTables {
  readonly endpointUrl: string;
  readonly bankTable: string;
  readonly inboxTable: string;
}

/** Money that goes from one account to another. */
export interface Transfer {
  readonly transferId: string;
  readonly from: string;
  readonly to: string;
  readonly cents: number;
}

export interface Account {
  readonly account: string;
  readonly cents: number;
}

/** A transfer that was begun: its money has left an account. */
export interface Begun extends Transfer {
  /** Nobody knows yet whether its message was published. */
  readonly isPending?: boolean;
  /** How often it was credited. */
  readonly credits?: number;
}

type Item = Readonly<Record<string, unknown>>;

const TOGETHER = 25;

/** Accounts and transfers in one table, and an inbox in another. Each change is a transaction. */
export class Bank {
  readonly #client: DynamoDBDocumentClient;

  constructor(private readonly tables: BankTables) {
    const client = new DynamoDBClient({ endpoint: tables.endpointUrl });
    this.#client = DynamoDBDocumentClient.from(client);
  }

  /** With nothing from before. */
  async open(accounts: readonly Account[]): Promise<void> {
    for (const table of [this.tables.bankTable, this.tables.inboxTable]) await this.#clear(table);
    for (let at = 0; at < accounts.length; at += TOGETHER) {
      const puts = accounts.slice(at, at + TOGETHER).map(({ account, cents }) => ({
        PutRequest: { Item: { id: accountId(account), account, cents } },
      }));
      await this.#client.send(new BatchWriteCommand({ RequestItems: { [this.tables.bankTable]: puts } }));
    }
  }

  /** Takes the money and notes that its message is still to be published: both or neither, and once. */
  async begin(transfer: Transfer): Promise<void> {
    const { transferId, from, cents } = transfer;
    const TableName = this.tables.bankTable;
    await this.#client.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName,
              Item: { id: transferKey(transferId), ...transfer, isPending: true },
              ConditionExpression: "attribute_not_exists(id)",
            },
          },
          added(TableName, accountId(from), -cents),
        ],
      }),
    );
  }

  async published({ transferId }: Transfer): Promise<void> {
    await this.#client.send(
      new UpdateCommand({
        TableName: this.tables.bankTable,
        Key: { id: transferKey(transferId) },
        UpdateExpression: "REMOVE isPending",
      }),
    );
  }

  /**
   * Gives the money to its new owner, and notes so in the inbox: both or neither. Its publisher may publish a transfer
   * twice, so that it is the transfer's own id which the inbox knows.
   * @returns whether this did it; otherwise it was done before
   */
  async credit({ headers }: DeliveredToWebhook, { transferId, to, cents }: Transfer): Promise<boolean> {
    const { bankTable: TableName, inboxTable: tableName } = this.tables;
    const seen = inboxItem({ headers, id: transferId }, { tableName });
    const counted = {
      Update: {
        TableName,
        Key: { id: transferKey(transferId) },
        UpdateExpression: "ADD credits :one",
        ConditionExpression: "attribute_exists(id)",
        ExpressionAttributeValues: { ":one": 1 },
      },
    };
    const TransactItems = [seen, added(TableName, accountId(to), cents), counted];
    return await once(seen, () => this.#client.send(new TransactWriteCommand({ TransactItems })));
  }

  async all(): Promise<{ readonly accounts: readonly Account[]; readonly transfers: readonly Begun[] }> {
    const items = await this.#scanned(this.tables.bankTable);
    return {
      accounts: items.filter((item) => "account" in item) as unknown as readonly Account[],
      transfers: items.filter((item) => "transferId" in item) as unknown as readonly Begun[],
    };
  }

  async #clear(table: string): Promise<void> {
    for (const { id } of await this.#scanned(table))
      await this.#client.send(new DeleteCommand({ TableName: table, Key: { id } }));
  }

  async #scanned(table: string): Promise<readonly Item[]> {
    const items: Item[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const from = start ? { ExclusiveStartKey: start } : {};
      const input = { TableName: table, ConsistentRead: true, ...from };
      const { Items = [], LastEvaluatedKey } = await this.#client.send(new ScanCommand(input));
      items.push(...Items);
      start = LastEvaluatedKey;
    } while (start);
    return items;
  }
}

const accountId = (account: string): string => `account#${account}`;
const transferKey = (transferId: string): string => `transfer#${transferId}`;

/** For an account that there is. */
const added = (TableName: string, id: string, cents: number) => ({
  Update: {
    TableName,
    Key: { id },
    UpdateExpression: "ADD cents :cents",
    ConditionExpression: "attribute_exists(id)",
    ExpressionAttributeValues: { ":cents": cents },
  },
});
