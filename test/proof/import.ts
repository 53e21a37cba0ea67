// The proof `import`: real records into real processes, one of them killed midway.
import { importUnderKill } from "../import/import-under-kill.ts";

await importUnderKill(100_000, [], (line) => console.log(line));
