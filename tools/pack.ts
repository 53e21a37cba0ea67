// `npm run pack -- NAME`: writes the tarballs of a package and of the packages that it needs to
// packed/, and prints the line that installs them anywhere else.
import { join, relative } from "node:path";
import { packTarball } from "./tarballs.ts";
import { publishablePackages, root, withNeeds } from "./workspace.ts";

const packages = publishablePackages();
const [asked = ""] = process.argv.slice(2);
const name = asked.startsWith("@coterie/") ? asked : `@coterie/${asked}`;

if (!packages.has(name)) {
  const names = [...packages.values()].map(({ short }) => short).join(", ");
  console.error(`usage: npm run pack -- NAME, with one of ${names}`);
  process.exit(2);
}
const tarballs = withNeeds(packages, name).map((needed) =>
  packTarball(needed, join(root, "packed")),
);
const paths = tarballs.map(({ path }) => `./${relative(root, path)}`);
console.log(`npm install ${paths.join(" ")}`);
