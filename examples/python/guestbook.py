"""A guestbook in Python: the same cluster, from a language of its own.

Settles concurrent entries by taking them all. Needs Debian's protobuf-compiler, protobuf-compiler-grpc,
python3-grpcio and python3-protobuf (or grpcio-tools from PyPI), and the messages generated from proto/:

    protoc -I proto --python_out=OUT --grpc_out=OUT \\
        --plugin=protoc-gen-grpc=$(which grpc_python_plugin) proto/coterie/v1/*.proto
    PYTHONPATH=OUT COTERIE_CLUSTER=127.0.0.1:7400 python3 examples/python/guestbook.py NAME
"""

import json
import os
import sys
import uuid

import grpc
from coterie.v1 import common_pb2, kv_pb2, kv_pb2_grpc

BUCKET = "guestbook"
KEY = b"entries"


def read(kv):
    """All entries that anybody wrote, and the context that covers them."""
    response = kv.Get(kv_pb2.GetRequest(bucket=BUCKET, key=KEY), timeout=10)
    entries = sorted({entry for sibling in response.siblings for entry in json.loads(sibling.value)})
    return entries, response.context


def sign(kv, name):
    """Adds a name to what is there. A repeated call with the same operation id would be the same write."""
    entries, context = read(kv)
    request = kv_pb2.PutRequest(
        bucket=BUCKET,
        key=KEY,
        value=json.dumps(sorted({*entries, name})).encode(),
        encoding=common_pb2.ENCODING_JSON,
        context=context,
        operation_id=uuid.uuid4().bytes,
    )
    return kv.Put(request, timeout=10).receipt


def main():
    address = os.environ.get("COTERIE_CLUSTER", "127.0.0.1:7400").split(",")[0]
    with grpc.insecure_channel(address) as channel:
        kv = kv_pb2_grpc.KvServiceStub(channel)
        receipt = sign(kv, sys.argv[1])
        print("durable on", len(receipt.acknowledged), "nodes", file=sys.stderr)
        print(json.dumps(read(kv)[0]))


main()
