import js from "@eslint/js";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

const FILE_LINES = 300;
const HANDLER_LINES = 60;
const FUNCTION_LINES = 70;
const LINE_CHARACTERS = 120;

/** The rooms of the operations, by floor: each may use only those of the floors before its own. */
const OPERATION_ROOMS = [
  ["engine.ts", "caches.ts", "lookup.ts", "contention.ts", "memory-budget.ts", "gathering.ts"],
  ["log"],
  ["publish", "consume", "read"],
  ["push", "relay"],
  ["redrive", "delay"],
  ["schedule", "erase"],
  ["atomic"],
  ["manage", "clock"],
  ["doctor"],
];

/** One zone a room: it may import nothing of its neighbours on the same floor, nor of the floors after it. */
function roomsOf(house, floors) {
  return floors
    .slice(1)
    .flatMap((floor, index) =>
      floor.map((room) => ({
        target: `${house}/${room}`,
        from: floors
          .slice(index + 1)
          .flat()
          .filter((other) => other !== room)
          .map((other) => `${house}/${other}`),
        message: `${room} uses only the rooms before it: ${floors.map((names) => names.join(", ")).join(" | ")}`,
      })),
    )
    .concat(
      floors[0].map((file) => ({
        target: `${house}/${file}`,
        from: floors
          .slice(1)
          .flat()
          .map((other) => `${house}/${other}`),
        message: `${file} is what every room stands on: it uses none of them`,
      })),
    );
}

/** Who may be used by which adapter, beside itself: what all clients of AWS share, and nobody else. */
const ADAPTERS = {
  aws: [],
  dynamodb: ["aws"],
  https: [],
  lambda: ["aws"],
  memory: [],
  s3: ["aws"],
  system: [],
};

/** One zone an adapter: it stands without its neighbours, and whoever runs the library composes them. */
const neighbours = (house, uses) =>
  Object.entries(uses).map(([adapter, used]) => ({
    target: `${house}/${adapter}`,
    from: Object.keys(uses)
      .filter((other) => other !== adapter && !used.includes(other))
      .map((other) => `${house}/${other}`),
    message: `adapters/${adapter} imports no other adapter${used.map((name) => ` but ${name}`).join("")}`,
  }));

/** Which way the arrows point: `target` may import nothing of `from` but what is excepted. */
const ARROWS = [
  {
    target: "./lib/domain",
    from: ["./lib", "./lambdas", "./cdk", "./cli", "./local", "./scripts"],
    except: ["./domain"],
    message: "the domain knows nothing but itself",
  },
  {
    target: "./lib/operations",
    from: ["./lib", "./lambdas", "./cdk", "./cli", "./local", "./scripts"],
    except: ["./domain", "./operations"],
    message: "operations know the domain and its ports only",
  },
  {
    target: ["./lib/adapters", "./lib/http", "./lib/client"],
    from: ["./lambdas", "./cdk", "./cli", "./local", "./scripts"],
    message: "the library knows nothing of who runs it",
  },
  { target: "./lib/adapters", from: ["./lib/http", "./lib/client"], message: "an adapter serves ports only" },
  ...neighbours("./lib/adapters", ADAPTERS),
  { target: "./lib/http", from: ["./lib/adapters", "./lib/client"], message: "the API acts through ports" },
  {
    target: ["./lib/adapters", "./lib/http", "./lib/operations", "./lib/domain"],
    from: "./lib/aws-engine.ts",
    message: "only those who run the library put it together",
  },
  {
    target: "./cdk",
    from: ["./lib", "./lambdas", "./cli", "./local", "./scripts"],
    except: ["./domain", "./adapters/json-schema"],
    message:
      "constructs hold no runtime code: of lib they take the domain's types and names, and check schemas",
  },
  { target: "./lambdas", from: ["./cdk", "./cli", "./local", "./scripts"], message: "a handler calls lib" },
  { target: "./cli", from: ["./cdk", "./lambdas", "./scripts"], message: "a command calls lib" },
  {
    target: ["./lib", "./lambdas", "./cdk", "./cli", "./examples", "./bench", "./local", "./scripts"],
    from: "./test",
    message: "nothing imports the tests",
  },
  ...roomsOf("./lib/operations", OPERATION_ROOMS),
].flatMap(({ target, from, except, ...zone }) =>
  [target].flat().flatMap((one) =>
    [from].flat().map((other) => ({
      ...zone,
      target: one,
      from: other,
      ...(except && other === "./lib" ? { except } : {}),
    })),
  ),
);

const THROUGH_A_PORT = "it comes in through a port, so that the simulator can decide it";
const port = (names) => names.map((name) => ({ name, message: THROUGH_A_PORT }));

/** What is not the same at every run may not be read in the core. */
const pureCore = {
  "no-restricted-globals": [
    "error",
    ...port([
      "Date",
      "process",
      "performance",
      "crypto",
      "fetch",
      "console",
      "setTimeout",
      "setInterval",
      "setImmediate",
    ]),
  ],
  "no-restricted-properties": [
    "error",
    { object: "Math", property: "random", message: THROUGH_A_PORT },
    { object: "globalThis", message: THROUGH_A_PORT },
  ],
  "no-restricted-imports": [
    "error",
    {
      paths: [
        { name: "node:crypto", allowImportNames: ["createHash", "createHmac"], message: THROUGH_A_PORT },
        { name: "crypto", message: THROUGH_A_PORT },
      ],
      patterns: [
        {
          group: ["@aws-sdk/*", "@smithy/*", "aws-lambda", "@types/aws-lambda"],
          message: "no vendor's types here",
        },
        {
          regex:
            "^(node:)?(fs|timers|process|os|net|http|https|child_process|worker_threads|perf_hooks)(/|$)",
          message: THROUGH_A_PORT,
        },
      ],
    },
  ],
};

const lines = (max) => ["error", { max, skipBlankLines: false, skipComments: false }];

export default tseslint.config(
  {
    ignores: ["dist/", "cdk.out/", ".sluice/", "coverage/", "node_modules/", "**/cdk.out/", "console/dist/"],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A port's method is asynchronous whether an adapter waits for anything or not.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ["**/*.{ts,js,mjs}"],
    plugins: { "import-x": importX },
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
    settings: {
      "import-x/resolver-next": [
        createNodeResolver({ extensions: [".ts", ".js"], extensionAlias: { ".js": [".ts", ".js"] } }),
      ],
    },
    rules: {
      "import-x/no-default-export": "error",
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: ARROWS }],
      "max-len": ["error", { code: LINE_CHARACTERS, ignoreUrls: true }],
      "max-lines": lines(FILE_LINES),
      "max-lines-per-function": lines(FUNCTION_LINES),
      eqeqeq: "error",
    },
  },
  { files: ["lib/domain/**/*.ts", "lib/operations/**/*.ts"], rules: pureCore },
  { files: ["lambdas/*.ts"], rules: { "max-lines": lines(HANDLER_LINES) } },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      // What a template or an answer holds is what the test is there to find out.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  { files: ["*.config.{js,mjs,ts}"], rules: { "import-x/no-default-export": "off" } },
);
