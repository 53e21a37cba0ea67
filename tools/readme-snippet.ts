import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The first TypeScript block of the README in `folder`, if there is one. */
export function readmeSnippet(folder: string): string | undefined {
  const path = join(folder, "README.md");
  const readme = existsSync(path) ? readFileSync(path, "utf8") : "";
  return /^```ts\n([\s\S]*?)^```/m.exec(readme)?.[1];
}
