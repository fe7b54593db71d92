import { BYTES_AT_MOST, bundleFunctions } from "./bundle-functions.js";
import { makeCommonJs } from "./commonjs.js";

const inKb = (bytes: number): string => `${Math.round(bytes / 1_000)} KB`;

for (const [name, bytes] of await bundleFunctions()) {
  const atMost = BYTES_AT_MOST[name] ?? Infinity;
  console.log(`bundled the ${name} function: ${inKb(bytes)}`);
  if (bytes <= atMost) continue;
  console.error(
    `the ${name} function is larger than ${inKb(atMost)}: import less, or only where it is needed`,
  );
  process.exitCode = 1;
}

await makeCommonJs();
