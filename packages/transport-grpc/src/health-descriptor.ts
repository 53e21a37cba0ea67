import { create } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

const REQUEST = ".grpc.health.v1.HealthCheckRequest";
const RESPONSE = ".grpc.health.v1.HealthCheckResponse";

/**
 * grpc/health/v1/health.proto as reflection shows it, written out: what proto-loader makes of the file has
 * relative type names, which `buf curl` cannot link.
 */
export const healthFile: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: "grpc/health/v1/health.proto",
  package: "grpc.health.v1",
  syntax: "proto3",
  messageType: [
    {
      name: "HealthCheckRequest",
      field: [
        {
          name: "service",
          jsonName: "service",
          number: 1,
          label: Label.OPTIONAL,
          type: Type.STRING,
        },
      ],
    },
    {
      name: "HealthCheckResponse",
      field: [
        {
          name: "status",
          jsonName: "status",
          number: 1,
          label: Label.OPTIONAL,
          type: Type.ENUM,
          typeName: `${RESPONSE}.ServingStatus`,
        },
      ],
      enumType: [
        {
          name: "ServingStatus",
          value: ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"].map((name, number) => ({
            name,
            number,
          })),
        },
      ],
    },
  ],
  service: [
    {
      name: "Health",
      method: [
        { name: "Check", inputType: REQUEST, outputType: RESPONSE },
        { name: "Watch", inputType: REQUEST, outputType: RESPONSE, serverStreaming: true },
      ],
    },
  ],
});
