import { fromEnv } from "@aws-sdk/credential-provider-env";

/**
 * Stands in for the SDK's default provider in the functions' bundles: Lambda hands a function its role's credentials in
 * the environment. The others that the SDK would try are a fifth of a small bundle.
 */
export const defaultProvider = (): ReturnType<typeof fromEnv> => fromEnv();
