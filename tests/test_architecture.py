"""The arrows of ARCHITECTURE.md, checked."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "leadrelay"
FILES = sorted(ROOT.rglob("*.py"))

# What each room may import of leadrelay, besides itself.
ROOMS = {
    "errors": set(),
    "core": {"errors"},
    "connectors": {"core", "errors"},
    "enrichers": {"core", "connectors", "optional", "errors"},
    "mappings": {"core", "connectors", "errors"},
    "playbooks": set(),
    "optional": {"errors"},
    "batch": {"core", "mappings", "optional", "errors"},
    "engines": {"core", "mappings", "batch", "optional", "errors"},
    "state": {"core", "connectors", "errors"},
    "jobs": {"core", "connectors", "enrichers", "mappings", "state", "engines", "errors", "config", "optional"},
    "config": {"core", "errors", "config_secrets", "config_providers"},
    "config_secrets": {"errors"},
    "config_providers": {"core", "errors", "config_secrets"},
    "sandbox": {"core.lead"},
    "findings": {"errors"},
    "starting": {
        "core",
        "connectors",
        "mappings",
        "playbooks",
        "config",
        "wiring",
        "errors",
        "terminal.plain",
        "sandbox.credentials",
    },
    "checkup": {
        "core",
        "connectors",
        "enrichers",
        "mappings",
        "state",
        "jobs",
        "errors",
        "config",
        "files",
        "findings",
        "wiring",
        "screens_tables.counted",
    },
    "absences": {"core", "errors", "absences_ical"},
    "absences_ical": {"core", "errors", "absences.Found"},
    "wiring_providers": {
        "core",
        "enrichers",
        "jobs",
        "state",
        "errors",
        "config",
        "config_providers",
        "config_secrets",
    },
    "wiring": {
        "wiring_providers",
        "config_secrets",
        "absences",
        "core",
        "connectors",
        "enrichers",
        "mappings",
        "playbooks",
        "state",
        "jobs",
        "errors",
        "config",
    },
}
UNCLEAN = {
    "time",
    "os",
    "random",
    "logging",
    "sqlalchemy",
    "requests",
    "urllib3",
    "httpx",
    "http",
    "socket",
    "dns",
    "pathlib",
    "structlog",
}
CLOCKS = {"now", "today", "utcnow"}


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


RULED = [file for file in FILES if room(file) in ROOMS]  # the command line may use every room


@pytest.mark.parametrize("file", RULED, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_one_way(file):
    here = room(file)
    allowed = {f"leadrelay.{name}" for name in ROOMS[here] | {here}} | {"leadrelay.__version__"}
    wrong = {
        name
        for name in imports(file)
        if name.startswith("leadrelay.") and not any(name == ok or name.startswith(f"{ok}.") for ok in allowed)
    }
    assert not wrong


@pytest.mark.parametrize("file", sorted(ROOT.glob("cli*.py")), ids=lambda file: file.name)
def test_commands_import_late(file):
    # So that `leadrelay --help` answers at once: what a command needs is imported inside it.
    light = {"leadrelay", "leadrelay.errors", "leadrelay.terminal"} | {
        f"leadrelay.{one.stem}" for one in ROOT.glob("cli*.py")
    }
    top = [node.module for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom)]
    assert not {module for module in top if module.startswith("leadrelay") and module not in light}


@pytest.mark.parametrize("file", sorted((ROOT / "core").rglob("*.py")), ids=lambda file: file.name)
def test_the_core_is_pure(file):
    assert not {name.split(".")[0] for name in imports(file)} & UNCLEAN
    calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    clocks = [call.value for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS]
    assert not [clock for clock in clocks if isinstance(clock, ast.Name) and clock.id in {"datetime", "date"}]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "open"]


def test_no_test_patches_what_it_tests():
    patchers = ("mock." + "patch", "monkeypatch." + "setattr", "mocker." + "patch")
    guilty = [
        file.name
        for file in Path(__file__).parent.rglob("*.py")
        if any(patcher in file.read_text() for patcher in patchers)
    ]
    assert not guilty


def test_modules_stay_small():
    # The House by numbers, in design.md: a module fits into 400 lines.
    assert not [f"{file.name}: {count}" for file in FILES if (count := len(file.read_text().splitlines())) > 400]


def test_the_example_configuration_is_read():
    from leadrelay.config import load

    settings, _ = load(ROOT.parent / "config.example.toml")
    assert settings.jobs
    assert {connection.kind for connection in settings.connections.values()} == {"salesforce", "hubspot"}


def test_every_command_stands_in_the_readme():
    import typer

    from leadrelay.cli import app

    readme = (ROOT.parent / "README.md").read_text()
    commands = typer.main.get_command(app).commands
    assert not [name for name in commands if f"leadrelay {name}" not in readme]
