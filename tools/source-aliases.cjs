// Resolves `@coterie/x` to the *source* of package x, as its "exports" say, so that the cruiser sees
// real modules whether or not anything is built. (package.json names the build output: `dist`.)
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");

function sourceAliases() {
  const alias = {};
  for (const group of ["packages", "apps"]) {
    for (const folder of readdirSync(join(root, group))) {
      const manifest = join(root, group, folder, "package.json");
      if (!existsSync(manifest)) continue;
      const { name, exports = {} } = JSON.parse(readFileSync(manifest, "utf8"));
      for (const [subpath, target] of Object.entries(exports)) {
        const built = typeof target === "string" ? target : target.default;
        if (!built?.startsWith("./dist/")) continue;
        const source = built.replace("./dist/", "src/").replace(/\.js$/, ".ts");
        alias[`${name}${subpath.slice(1)}$`] = join(root, group, folder, source);
      }
    }
  }
  return alias;
}

module.exports = {
  resolve: { alias: sourceAliases(), extensions: [".ts", ".mjs", ".js", ".json"] },
};
