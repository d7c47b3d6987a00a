"""The files that run a crew fit each other, the command line, and Kubernetes' own schemas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from crawler.cli import copytrail

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "config" / "deploy"
SINGLE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
TEXT = (FOLDER / "crew.yaml").read_text(encoding="utf-8")
CREW: dict[str, Any] = yaml.safe_load(TEXT)
MANIFEST = (FOLDER / "kubernetes" / "crew.yaml").read_text(encoding="utf-8")
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all(MANIFEST))
PODS = [one["spec"]["template"] for one in OBJECTS if "template" in one.get("spec", {})]
CONTAINERS = {pod["spec"]["containers"][0]["name"]: pod["spec"]["containers"][0] for pod in PODS}
ROLES = {"planner", "worker", "ui"}


def role_of(arguments: list[str]) -> str:
    """Return the role that a command line of ours names, which is parsed as it would be when it is run."""
    context = copytrail.make_context("copytrail", [str(one) for one in arguments], resilient_parsing=True)
    name, command, given = copytrail.resolve_command(context, [*context._protected_args, *context.args])
    assert isinstance(command, click.Command)
    assert name == "run"
    return str(command.make_context(name, given, parent=context).params["role"])


def test_compose_runs_each_role() -> None:
    assert {role_of(CREW["services"][name]["command"]) for name in ("planner", "worker", "copytrail")} == ROLES


def test_what_compose_adds_fits_what_is_there() -> None:
    services = SINGLE["services"] | CREW["services"]
    volumes = {**SINGLE["volumes"], **CREW["volumes"]}
    for name, service in CREW["services"].items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert all(mount.split(":")[0] in volumes or mount.startswith("${") for mount in service.get("volumes", ()))
        assert "ports" not in service, f"{name}: no port is open to other machines"
        assert name == "copytrail" or re.fullmatch(r"\w+:\d+\.\d+\.\d+", service["image"])
    assert CREW["services"]["worker"]["image"] == SINGLE["services"]["copytrail"]["image"]


def test_every_secret_is_asked_for_by_name_and_none_is_on_a_command_line() -> None:
    example = (FOLDER / "env.example").read_text(encoding="utf-8")
    assert re.search("^REDIS_PASSWORD=$", example, re.MULTILINE)
    assert re.findall(r"\$\{\w+_PASSWORD(?!:\?)", TEXT) == []
    assert "--requirepass" not in TEXT + MANIFEST
    plain = [entry for one in CONTAINERS.values() for entry in one["env"] if "value" in entry]
    assert {entry["name"] for entry in plain} == {"COPYTRAIL_SERVE__HOST", "COPYTRAIL_SERVE__NAMES"}


@pytest.mark.parametrize("version", ["1.29", "1.34"])
@pytest.mark.parametrize("number", range(len(OBJECTS)), ids=[f"{o['kind']}-{o['metadata']['name']}" for o in OBJECTS])
def test_every_object_is_one_that_kubernetes_knows(number: int, version: str) -> None:
    kubernetes_validate.validate(OBJECTS[number], version, strict=True)


def test_an_object_with_a_fault_would_be_refused() -> None:
    wrong = yaml.safe_load(MANIFEST.split("\n---\n")[2].replace("replicas: 1", "replicas: one"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.34", strict=True)


def test_kubernetes_runs_each_role() -> None:
    assert {role_of(CONTAINERS[name]["args"]) for name in ROLES} == ROLES


def test_every_pod_is_without_rights_and_finds_what_it_mounts() -> None:
    assert len(PODS) == 4
    claims = {
        claim["metadata"]["name"] for one in OBJECTS for claim in one.get("spec", {}).get("volumeClaimTemplates", ())
    }
    for pod in PODS:
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        assert spec["securityContext"]["runAsNonRoot"] is True
        # Services' addresses would come as variables, and one that is called copytrail as settings of ours.
        assert spec["enableServiceLinks"] is False
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        named = {volume["name"] for volume in spec.get("volumes", ())} | claims
        assert {mount["name"] for mount in container["volumeMounts"]} <= named


def test_every_service_and_rule_finds_its_pods_and_ports() -> None:
    labels = [pod["metadata"]["labels"] for pod in PODS]
    for one in OBJECTS:
        selector = one["spec"].get("selector", one["spec"].get("podSelector", {}))
        wanted = selector.get("matchLabels", selector)
        assert any(wanted.items() <= each.items() for each in labels), one["metadata"]["name"]


def test_redis_keeps_what_it_was_told() -> None:
    for text in (TEXT, MANIFEST):
        assert "--appendonly yes --maxmemory-policy noeviction" in text
