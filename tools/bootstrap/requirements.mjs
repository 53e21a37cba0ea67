import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Failure, root } from "./processes.mjs";

const nodeNeeded = { major: 20, minor: 19 };

/** @typedef {{ tool: string, programs: string[], packages: Record<string, string> }} Requirement */

/** What better-sqlite3 needs to be compiled. @type {Requirement[]} */
const compilerTools = [
  {
    tool: "a C++ compiler",
    programs: ["g++", "c++", "clang++"],
    packages: { debian: "g++", fedora: "gcc-c++" },
  },
  { tool: "make", programs: ["make", "gmake"], packages: { debian: "make", fedora: "make" } },
  { tool: "python3", programs: ["python3"], packages: { debian: "python3", fedora: "python3" } },
];

/** Throws a `Failure` that names everything missing, each with the command that installs it. */
export function checkRequirements() {
  if (process.platform === "win32") {
    throw new Failure("Windows is supported through WSL: run the same command inside it.");
  }
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const { major: least, minor: leastMinor } = nodeNeeded;
  if (major < least || (major === least && minor < leastMinor)) {
    throw new Failure(
      `Node ${least}.${leastMinor} or newer is needed; this is ${process.versions.node}. ` +
        "Install it from https://nodejs.org or with `nvm install`.",
    );
  }
  if (addonIsBuilt()) return;
  const missing = compilerTools.filter(({ programs, tool }) => {
    const named = tool === "a C++ compiler" ? process.env["CXX"]?.split(" ")[0] : undefined;
    return ![...(named ? [named] : []), ...programs].some(isOnPath);
  });
  if (missing.length > 0) throw new Failure(howToInstall(missing));
}

/** @param {string} program */
function isOnPath(program) {
  const folders = program.includes("/") ? [""] : (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** better-sqlite3 stands compiled in this checkout, so no compiler is needed. */
function addonIsBuilt() {
  const store = join(root, "node_modules/.pnpm");
  if (!existsSync(store)) return false;
  return readdirSync(store)
    .filter((folder) => folder.startsWith("better-sqlite3@"))
    .some((folder) =>
      existsSync(
        join(store, folder, "node_modules/better-sqlite3/build/Release/better_sqlite3.node"),
      ),
    );
}

/** @param {Requirement[]} missing */
function howToInstall(missing) {
  const names = missing.map(({ tool }) => tool).join(", ");
  const packages = (/** @type {string} */ family) =>
    missing.map((requirement) => requirement.packages[family]).join(" ");
  const ways = {
    debian: `Debian, Ubuntu:  sudo apt-get install -y ${packages("debian")}`,
    fedora: `Fedora:          sudo dnf install -y ${packages("fedora")}`,
    macos: "macOS:           xcode-select --install",
  };
  const ours = /** @type {keyof typeof ways | undefined} */ (family());
  const lines = ours === undefined ? Object.values(ways) : [ways[ours]];
  return (
    `Missing: ${names}. The storage engine (better-sqlite3) is compiled on this machine. ` +
    `Install with\n  ${lines.join("\n  ")}\nand run the same command again.`
  );
}

function family() {
  if (process.platform === "darwin") return "macos";
  let release = "";
  try {
    release = readFileSync("/etc/os-release", "utf8");
  } catch {
    return undefined;
  }
  const likes = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map(([, ids]) => ids);
  const known = likes.join(" ").split(" ");
  if (known.includes("debian") || known.includes("ubuntu")) return "debian";
  if (known.includes("fedora") || known.includes("rhel")) return "fedora";
  return undefined;
}
