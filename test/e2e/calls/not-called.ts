/** Permissions that functions have and the tests do not see them use: `FUNCTION ACTION PART`, and why they stay. */
interface Unseen {
  readonly permissions: readonly string[];
  readonly reason: string;
}

const EACH = ["Api", "Receive", "Dispatcher", "Pump", "Clock", "Relay", "Provision"];
const forEach = (functions: readonly string[], ...permissions: readonly string[]): readonly string[] =>
  functions.flatMap((name) => permissions.map((permission) => `${name} ${permission}`));

/** Those that no test can see used. */
export const NEVER_CALLED: readonly Unseen[] = [
  {
    permissions: forEach(EACH, "logs:CreateLogStream log", "logs:PutLogEvents log"),
    reason: "Lambda itself writes what a function prints, by the function's role",
  },
  {
    permissions: forEach(
      ["Dispatcher", "Relay"],
      "dynamodb:ListStreams *",
      "dynamodb:DescribeStream stream",
      "dynamodb:GetRecords stream",
      "dynamodb:GetShardIterator stream",
      "sqs:GetQueueAttributes failures",
      "sqs:GetQueueUrl failures",
      "sqs:SendMessage failures",
    ),
    reason: "Lambda itself reads the stream, and notes what was given up, by the function's role",
  },
  {
    permissions: forEach(["Api", "Receive", "Pump", "Clock"], "s3:ListBucket bucket"),
    reason: "S3 asks for it where an object is missing, and no object is missing here",
  },
  {
    permissions: forEach(
      ["Provision"],
      "dynamodb:DeleteItem state",
      "dynamodb:BatchWriteItem state",
      "dynamodb:Query slots",
      "lambda:InvokeFunction pump",
      "lambda:InvokeFunction clock",
    ),
    reason: "the stack is deployed once: nothing that it declares is changed or deleted",
  },
];

/** Those that depend on what happens at the same time, or on how busy the machine is. */
export const SOMETIMES_CALLED: readonly Unseen[] = [
  {
    permissions: [
      "Api lambda:InvokeFunction pump",
      "Api lambda:InvokeFunction clock",
      "Clock lambda:InvokeFunction clock",
      "Clock dynamodb:PutItem state",
      "Pump lambda:InvokeFunction pump",
      "Pump lambda:InvokeFunction clock",
    ],
    reason:
      "pumps and clocks are started only where none is at work, successors only at the end of a time-out",
  },
  {
    permissions: ["Relay dynamodb:Query state", "Relay dynamodb:UpdateItem state"],
    reason: "anchors and marks are for partitions that were cold for minutes",
  },
  {
    permissions: [
      ...forEach(["Clock"], "dynamodb:GetItem outbox", "dynamodb:Query outbox", "dynamodb:DeleteItem outbox"),
      ...forEach(["Clock"], "dynamodb:PutItem slots", "s3:GetObject segments", "s3:PutObject segments"),
      "Relay dynamodb:GetItem outbox",
    ],
    reason: "what waits in the outbox, or is due, is moved or refused by whoever comes first",
  },
  {
    permissions: ["Api dynamodb:DeleteItem outbox"],
    reason: "a message of the outbox is erased there only within the second in which it waits for the relay",
  },
  {
    permissions: ["Clock dynamodb:UpdateItem slots", "Clock s3:DeleteObject segments"],
    reason: "an erasing that did not come to its end is gone on with minutes later",
  },
  {
    permissions: ["Clock dynamodb:BatchWriteItem state"],
    reason: "what was deleted is purged again much later",
  },
  {
    permissions: ["Dispatcher dynamodb:PutItem state"],
    reason: "a roster that nobody has cached is kept by who comes first",
  },
];
