"""Puts and gets through code that Debian's protoc generated from proto/. Usage: other-client.py ADDRESS"""

import sys

import grpc
from coterie.v1 import common_pb2, kv_pb2, kv_pb2_grpc

with grpc.insecure_channel(sys.argv[1]) as channel:
    kv = kv_pb2_grpc.KvServiceStub(channel)
    put = kv.Put(
        kv_pb2.PutRequest(
            bucket="carts",
            key=b"python",
            value="Käse".encode(),
            encoding=common_pb2.ENCODING_UTF8,
        ),
        timeout=10,
    )
    assert len(put.receipt.acknowledged) >= 2, put
    got = kv.Get(kv_pb2.GetRequest(bucket="carts", key=b"python"), timeout=10)
    print([sibling.value.decode() for sibling in got.siblings])
    again = kv_pb2.PutRequest(bucket="carts", key=b"python", value=b"Brot", context=got.context)
    kv.Put(again, timeout=10)
    try:
        kv.Get(kv_pb2.GetRequest(bucket="carts", key=b""), timeout=10)
    except grpc.RpcError as error:
        print(error.code().name, error.details())
