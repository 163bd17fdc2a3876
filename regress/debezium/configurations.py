"""The configurations that rounds run under: what both sides are told.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses

JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"

# What both must be told because their defaults differ, or because walferry has the setting at another place.
BASE = {"key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false"}


@dataclasses.dataclass
class Configuration:
    name: str
    settings: dict = dataclasses.field(default_factory=dict)

    @property
    def all_settings(self):
        return {**BASE, **self.settings}

    @property
    def connector(self):
        """The connector's properties; converters are made anew, so their class must be said again."""
        return {"key.converter": JSON_CONVERTER, "value.converter": JSON_CONVERTER, **self.all_settings}

    @property
    def plugin(self):
        return dict(self.all_settings)

    @property
    def exact_numbers(self):
        return "NUMERIC" in self.settings.values()


DEFAULT = Configuration("default")
