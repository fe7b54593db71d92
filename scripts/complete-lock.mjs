// Adds to package-lock.json the optional packages for other platforms that a registry mirror may not hold. Without
// them `npm ci` refuses the file, and other machines install no native parts. They come without a checksum, which
// `npm install` adds where the registry has them. Run it after `npm install` where a mirror is used.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const { packages } = lock;
const PLATFORM =
  /(?:^|-)(darwin|linux|win32|android|freebsd|openharmony)-(arm64|arm|x64|ia32|ppc64|s390x|riscv64|loong64)/;

let added = 0;
for (const parent of Object.values(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (packages[key]) continue;
    const [, os, cpu] = PLATFORM.exec(name.split("/").at(-1)) ?? [];
    if (!os || !/^\d/.test(version)) throw new Error(`${name}@${version} names no platform or no version`);
    packages[key] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}
const byName = ([one], [other]) => one.localeCompare(other, "en");
lock.packages = Object.fromEntries(Object.entries(packages).sort(byName));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`added ${added} optional packages`);
