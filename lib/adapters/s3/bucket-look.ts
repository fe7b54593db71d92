import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { BucketLook } from "../../domain/given-storage.js";
import { toDomainError } from "./errors.js";

/** Looks at a bucket's settings. */
export async function lookAtBucket(client: S3Client, name: string): Promise<BucketLook> {
  try {
    const [{ Status }, rules] = await Promise.all([
      client.send(new GetBucketVersioningCommand({ Bucket: name })),
      rulesOf(client, name),
    ]);
    return { name, isVersioned: Status === "Enabled", expirations: rules.flatMap(expirationsOf) };
  } catch (error) {
    throw toDomainError(error, `looking at bucket ${name}`);
  }
}

async function rulesOf(client: S3Client, Bucket: string): Promise<readonly LifecycleRule[]> {
  try {
    return (await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules ?? [];
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchLifecycleConfiguration") return [];
    throw error;
  }
}

/** Of a rule that deletes everything below its prefix: none that selects some by a tag or a size. */
function expirationsOf(rule: LifecycleRule): BucketLook["expirations"] {
  const { Status, Expiration, Filter = {} } = rule;
  const days = Expiration?.Days;
  const isPartial = [Filter.Tag, Filter.ObjectSizeGreaterThan, Filter.ObjectSizeLessThan, Filter.And].some(
    (selector) => selector !== undefined,
  );
  if (Status !== "Enabled" || days === undefined || isPartial) return [];
  // The older of two ways to write it, which is still answered for rules that were made so.
  return [{ prefix: Filter.Prefix ?? rule.Prefix ?? "", days }];
}
