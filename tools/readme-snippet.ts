import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The first TypeScript block of the README in `folder`. */
export function readmeSnippet(folder: string): string | undefined {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  return /^```ts\n([\s\S]*?)^```/m.exec(readme)?.[1];
}
