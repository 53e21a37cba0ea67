// The dependency direction of docs/architecture.md, package by package, from tools/layers.json.
const { existsSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { layers, besides, onVirtualTime } = require("./tools/layers.json");

const packages = readdirSync(join(__dirname, "packages")).filter((folder) =>
  existsSync(join(__dirname, "packages", folder, "package.json")),
);
const unplaced = packages.filter((name) => name !== "wire" && layers[name] === undefined);
if (unplaced.length > 0) {
  throw new Error(`no layer for ${unplaced.join(", ")}: say in tools/layers.json where it stands`);
}

const inLayers = (from, to) =>
  Object.keys(layers).filter((name) => layers[name] >= from && layers[name] <= to);
const portable = [...inLayers(0, 3), ...onVirtualTime];
const folder = (names) => `^packages/(${names.join("|")})/`;

// What a test, a benchmark, or a contract suite that other packages run may use is wider.
const outsideProduction = [
  "^packages/[^/]+/(?!src/)", // bench, test, …
  "[.]test[.]ts$",
  "/testing[.]ts$",
  "/testing/",
  "-contract[.]ts$",
];
const udp = "^packages/swim/src/udp";
// The simulator's own host: the turn of the event loop in which promises settle before virtual time
// moves on, and the rejections that nobody handled.
const simulatorsHost =
  "^packages/simulator/src/(world|unhandled|engine-flags|seed-worker|simulate-seeds)[.]ts$";

function mayImport(name) {
  const layer = layers[name];
  const below = inLayers(0, layer - 1);
  return [name, ...below, ...(layer >= 3 ? ["wire"] : []), ...(besides[name] ?? [])];
}

const directions = packages
  .filter((name) => name !== "wire")
  .map((name) => ({
    name: `direction-of-${name}`,
    comment: `${name} is in layer ${layers[name]}: imports point down only (tools/layers.json)`,
    severity: "error",
    from: { path: `^packages/${name}/` },
    to: { path: "^packages/", pathNot: folder(mayImport(name)) },
  }));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: "packages-never-import-apps",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(apps|test|tools|examples)/" },
    },
    {
      name: "apps-never-import-tests",
      severity: "error",
      from: { path: "^apps/" },
      to: { path: "^(test|tools|examples)/" },
    },
    {
      name: "wire-is-generated-messages-only",
      severity: "error",
      from: { path: "^packages/wire/src/", pathNot: outsideProduction },
      to: { pathNot: ["^packages/wire/", "@bufbuild[/+]protobuf"] },
    },
    {
      name: "by-name-across-packages",
      comment: "another package is imported by its name, through what it exports",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: {
        path: "^(packages|apps)/",
        pathNot: "^$1/$2/",
        dependencyTypes: ["local"],
      },
    },
    {
      name: "no-node-in-layers-0-to-3",
      comment: "logic never touches a socket, a file or a clock: take a port",
      severity: "error",
      from: { path: folder(portable), pathNot: [...outsideProduction, udp, simulatorsHost] },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-npm-in-layers-0-to-3",
      comment:
        "a library could read the clock or chance by itself; the simulator must not depend on it",
      severity: "error",
      from: { path: folder(portable), pathNot: outsideProduction },
      to: {
        dependencyTypes: [
          "npm",
          "npm-dev",
          "npm-peer",
          "npm-optional",
          "npm-no-pkg",
          "npm-unknown",
        ],
        pathNot: ["xxhash-wasm", "@bufbuild[/+]protobuf"],
      },
    },
    {
      name: "only-core-hashes",
      severity: "error",
      from: { path: "^(packages|apps)/", pathNot: ["^packages/core/", ...outsideProduction] },
      to: { path: "xxhash-wasm" },
    },
    {
      name: "protobuf-from-layer-3-node-up",
      comment:
        "wire messages are turned into values at the node's edge; nothing below knows protobuf",
      severity: "error",
      from: {
        path: folder(inLayers(0, 3).filter((name) => name !== "node")),
        pathNot: outsideProduction,
      },
      to: { path: "@bufbuild[/+]protobuf" },
    },
    {
      name: "client-core-takes-any-transport",
      severity: "error",
      from: { path: "^packages/client/src/core/", pathNot: "[.]test[.]ts$" },
      to: { path: ["grpc", "^packages/client/src/(?!core/)"] },
    },
    {
      name: "no-node-in-client-core",
      severity: "error",
      from: { path: "^packages/client/src/core/", pathNot: "[.]test[.]ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "production-never-imports-tests",
      severity: "error",
      from: {
        path: "^(packages|apps)/[^/]+/src/",
        pathNot: [...outsideProduction, folder(onVirtualTime)],
      },
      to: {
        path: [
          "[.]test[.]ts$",
          "^(packages|apps)/[^/]+/(?!src/)",
          "^packages/[^/]+/src/testing([.]ts$|/)",
        ],
      },
    },
    {
      name: "no-development-dependency-in-production",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: outsideProduction },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "@types/" },
    },
    {
      name: "declared-dependencies-only",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      comment: "a module that nothing imports and that imports nothing",
      severity: "error",
      from: {
        orphan: true,
        pathNot: ["/index[.]ts$", "[.]d[.]ts$", "[.]config[.](ts|mjs)$", ...outsideProduction],
      },
      to: {},
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|apps)/[^/]+/dist/" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    webpackConfig: { fileName: "tools/source-aliases.cjs" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
    progress: { type: "none" },
  },
};
