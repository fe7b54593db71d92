import { type DeadLetterEntry, countChanges, entryOf } from "../../../domain/dead-letter.js";
import type { Move } from "../../../domain/progress/records.js";
import type { Write } from "../commands.js";
import {
  actItem,
  addToCount,
  letterItem,
  letterSortKey,
  listedItem,
  listedSortKey,
  mendedItem,
} from "../items/dead-letter-item.js";
import { IS_READABLE, IS_READABLE_VALUES, hasVersion } from "../items/format.js";

/** What a move writes of dead letters: each with its message and in the list, and how many there are. */
export function deadLetterWrites(TableName: string, pk: string, change: Move): Write[] {
  const { deadLetters = [], endedDeadLetters = [], mended = [], act } = change;
  const unlist = (entry: DeadLetterEntry): Write => ({
    Delete: {
      TableName,
      Key: { pk, sk: listedSortKey(entry) },
      ConditionExpression: IS_READABLE,
      ExpressionAttributeValues: IS_READABLE_VALUES,
    },
  });
  const made = deadLetters.flatMap(({ letter, replaces }): Write[] => [
    {
      Put: {
        TableName,
        Item: letterItem(pk, letter),
        ...(replaces ? hasVersion(replaces.nonce) : { ConditionExpression: "attribute_not_exists(pk)" }),
      },
    },
    { Put: { TableName, Item: listedItem(pk, entryOf(letter)) } },
    ...(replaces ? [unlist(replaces)] : []),
  ]);
  const ended = endedDeadLetters.flatMap((entry): Write[] => [
    { Delete: { TableName, Key: { pk, sk: letterSortKey(entry.id) }, ...hasVersion(entry.nonce) } },
    unlist(entry),
  ]);
  const acts = act
    ? endedDeadLetters.map((entry): Write => ({ Put: { TableName, Item: actItem(pk, entry, act) } }))
    : [];
  const counts = [...countChanges(change)].map(([expiresAtMs, by]): Write => ({
    Update: addToCount(TableName, pk, expiresAtMs, by),
  }));
  const replaced = mended.map((one): Write => ({
    Put: {
      TableName,
      Item: mendedItem(pk, one),
      ConditionExpression: IS_READABLE,
      ExpressionAttributeValues: IS_READABLE_VALUES,
    },
  }));
  return [...made, ...ended, ...acts, ...counts, ...replaced];
}
