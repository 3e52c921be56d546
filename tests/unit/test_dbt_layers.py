"""Models stand in the order of flow: a layer rests on itself and on layers above it in this list, never below."""

import json

import pytest

from orchestration.publishing.catalogue import MANIFEST

LAYERS = ("documents", "staging", "marts", "figures", "checks", "quality", "metrics")
SOURCES_OF = {
    "documents",
    "checks",
    "quality",
}  # what is known of documents; of rows read, only `documents` and `staging` know
Edge = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def edges() -> list[Edge]:
    """Layer and name of each model, and of what it rests on."""
    nodes = json.loads(MANIFEST.read_text(encoding="utf-8"))["nodes"]
    models = {name: node for name, node in nodes.items() if node["resource_type"] == "model"}
    return [
        (models[parent]["fqn"][1], models[parent]["name"], model["fqn"][1], model["name"])
        for model in models.values()
        for parent in model["depends_on"]["nodes"]
        if parent in models
    ]


def test_no_arrow_runs_back(edges: list[Edge]) -> None:
    assert len(edges) > 100
    back = [edge for edge in edges if LAYERS.index(edge[0]) > LAYERS.index(edge[2])]
    assert back == []
