# A strict stand-in for BigQuery: REST and Storage Write API.
#
#	with FakeBigQuery() as fake:
#		fake.rest_url, fake.grpc_url      give these to the program under test
#		fake.rows("project", "dataset", "table")
#		fake.faults.add(Fault(...))
#
# It refuses what the real service refuses.  Where each rule comes from, and which are guesses (with
# a switch in Behaviour), stands in SOURCES.md.
#
# SPDX-License-Identifier: Apache-2.0

from .faults import Fault, Faults
from .server import FakeBigQuery
from .store import Behaviour

__all__ = ["Behaviour", "FakeBigQuery", "Fault", "Faults"]
