import { bundleFunctions } from "./bundle-functions.js";

const files = await bundleFunctions();
console.log(`bundled ${files.length} functions into dist/functions`);
