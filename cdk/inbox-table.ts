import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { PUT_WITH_KEY, WRITTEN_IN_A_TRANSACTION, grantByPolicy } from "./grants.js";

/** Settings of an inbox table. */
export interface InboxTableProps {
  /**
   * Encrypts the table.
   * @default - a key that AWS manages
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of the table when it leaves the stack. Without its items, messages that come again take effect
   * again.
   * @default RemovalPolicy.RETAIN, with deletion protection
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The table for the items of `inboxItem`, with the names that it takes without being told. It belongs to a consumer,
 * and stands in the account and region of the tables that the consumer's transactions write. Several consumers may
 * share it: an item's key begins with its topic and subscription. It needs no queue in the app.
 */
export class InboxTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: InboxTableProps = {}) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.table = new Table(this, "Table", {
      partitionKey: { name: "id", type: AttributeType.STRING },
      timeToLiveAttribute: "expiresAt",
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      ...(encryptionKey
        ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }
        : { encryption: TableEncryption.AWS_MANAGED }),
    });
  }

  /** What `inboxItem` takes as `tableName`. */
  get tableName(): string {
    return this.table.tableName;
  }

  /**
   * Allows `grantee` to put inbox items in transactions of its own, and nothing else: it can neither read nor remove
   * any.
   * @throws {Error} where its own policy cannot allow it: that of another account, or one that the app cannot change
   */
  grantInbox(grantee: IGrantable): Grant {
    this.table.encryptionKey?.grant(grantee, ...PUT_WITH_KEY);
    return grantByPolicy(
      this,
      { grantee, actions: ["dynamodb:PutItem"], resourceArns: [this.table.tableArn] },
      WRITTEN_IN_A_TRANSACTION,
    );
  }
}
