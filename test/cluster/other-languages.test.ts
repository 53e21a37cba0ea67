import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealCluster, temporaryDirectory } from "./real-cluster.ts";

const root = join(import.meta.dirname, "../..");
let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start();
});

afterAll(() => cluster.stop());

describe("buf curl, which knows nothing but what reflection tells it,", () => {
  const buf = (method: string, request: object) => {
    const url = `http://${cluster.nodes[0]!.address}/${method}`;
    const flags = ["curl", "--protocol", "grpc", "--http2-prior-knowledge"];
    const data = JSON.stringify(request);
    const program = join(root, "test/node_modules/.bin/buf");
    const { stdout, stderr } = spawnSync(program, [...flags, "-d", data, url], {
      encoding: "utf8",
    });
    return { answer: stdout === "" ? undefined : JSON.parse(stdout), stderr };
  };
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  test("puts and gets", async () => {
    const key = base64("buf");
    const value = base64("milk");
    const put = buf("coterie.v1.KvService/Put", { bucket: "carts", key, value });
    expect(put.stderr).toBe("");
    expect(put.answer.receipt.acknowledged.length).toBeGreaterThanOrEqual(2);
    const get = buf("coterie.v1.KvService/Get", { bucket: "carts", key });
    expect(get.answer.siblings).toEqual([expect.objectContaining({ value })]);
  });

  test("is told in a sentence what is wrong", () => {
    const { stderr } = buf("coterie.v1.KvService/Get", { bucket: "carts", key: "" });
    expect(stderr).toMatch(/invalid_argument/);
    expect(stderr).toMatch(/1 to 4096 bytes/);
  });

  test("sees the nodes, and their health", () => {
    const status = buf("coterie.v1.AdminService/GetStatus", {});
    expect(status.answer.nodes).toHaveLength(3);
    const health = buf("grpc.health.v1.Health/Check", { service: "coterie.v1.KvService" });
    expect(health.answer).toEqual({ status: "SERVING" });
  });
});

const python = "/usr/bin/python3";
const tools = [
  spawnSync("protoc", ["--version"]),
  spawnSync("which", ["grpc_python_plugin"]),
  spawnSync(python, ["-c", "import grpc, google.protobuf"]),
];
const hasDebianTools = tools.every(({ status }) => status === 0);

test.skipIf(!hasDebianTools)(
  "a Python client generated with Debian's protobuf and gRPC tools puts and gets (skipped without protobuf-compiler-grpc and python3-grpcio)",
  async () => {
    const generated = temporaryDirectory();
    try {
      const plugin = execFileSync("which", ["grpc_python_plugin"], { encoding: "utf8" }).trim();
      execFileSync("protoc", [
        `--proto_path=${join(root, "proto")}`,
        `--python_out=${generated.path}`,
        `--grpc_python_out=${generated.path}`,
        `--plugin=protoc-gen-grpc_python=${plugin}`,
        ...["common", "kv"].map((name) => `coterie/v1/${name}.proto`),
      ]);
      const program = join(import.meta.dirname, "other-client.py");
      const stdout = execFileSync(python, [program, cluster.nodes[1]!.address], {
        encoding: "utf8",
        env: { ...process.env, PYTHONPATH: generated.path },
      });
      expect(stdout).toMatch(/^\['Käse'\]\nINVALID_ARGUMENT a key has 1 to 4096 bytes/);
      const seen = await cluster.run(["get", "carts", "python"]);
      expect(seen.stdout).toBe("Brot\n");
    } finally {
      generated.remove();
    }
  },
);
