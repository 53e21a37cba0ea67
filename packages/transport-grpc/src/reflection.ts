import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";

type PackageDefinition = ConstructorParameters<typeof ReflectionService>[0];

/**
 * Answers gRPC reflection (v1 and v1alpha) for services of protobuf-es, so that `grpcurl` and `buf curl`
 * need no .proto files. `further` files are shown as they are.
 */
export function addReflection(
  server: Server,
  services: readonly DescService[],
  further: readonly FileDescriptorProto[],
): void {
  const files = new Map<string, FileDescriptorProto>();
  for (const service of services) collect(service.file, files);
  for (const file of further) files.set(file.name, file);
  const encoded = [...files.values()].map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file)),
  );
  // Of a package definition of proto-loader the library reads nothing but the encoded files in it.
  const definition = { files: { fileDescriptorProtos: encoded } };
  new ReflectionService(definition as unknown as PackageDefinition).addToServer(server);
}

/** The file and all that it imports. */
function collect(file: DescFile, files: Map<string, FileDescriptorProto>): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file.proto);
  for (const dependency of file.dependencies) collect(dependency, files);
}
