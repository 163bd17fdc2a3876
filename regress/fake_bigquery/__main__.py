# python -m fake_bigquery [--rest-port N] [--grpc-port N]: for trying things by hand.
#
# SPDX-License-Identifier: Apache-2.0

import argparse
import threading

from . import FakeBigQuery

parser = argparse.ArgumentParser(prog="fake_bigquery")
parser.add_argument("--rest-port", type=int, default=0)
parser.add_argument("--grpc-port", type=int, default=0)
arguments = parser.parse_args()
with FakeBigQuery(rest_port=arguments.rest_port, grpc_port=arguments.grpc_port) as fake:
    print(f"bigquery.endpoint={fake.rest_url}\nbigquery.grpc.endpoint={fake.grpc_url}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
