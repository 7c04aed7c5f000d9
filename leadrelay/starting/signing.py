"""How to sign in, as it will stand in the configuration: from flags, from answers, or as the sandbox has it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from leadrelay.errors import ConfigError, Problem
from leadrelay.sandbox import credentials
from leadrelay.starting.asking import Asker

SALESFORCE, HUBSPOT = "salesforce", "hubspot"
CRMS = {SALESFORCE: "leads or contacts of a Salesforce organisation", HUBSPOT: "contacts or leads of a HubSpot portal"}
AUTHS = {
    "client-credentials": "an external client app with a run-as user: the usual way",
    "jwt": "an external client app with a certificate, and a user",
    "token": "a session that exists already, for a try",
}
_NAMES = {SALESFORCE: "acme", HUBSPOT: "portal"}
OBJECTS = {SALESFORCE: "Lead", HUBSPOT: "contacts"}
_SECRETS = {"client-credentials": "client_secret", "jwt": "private_key", "token": "access_token"}
_PORTS = {SALESFORCE: 8701, HUBSPOT: 8702}
_KEY = _SECRETS["jwt"]
_PLACES = {
    "env": "an environment variable",
    "file": "a file that only you may read",
    "command": "what a program prints, such as that of a password manager",
}
_WHAT = {
    "client_secret": "the consumer secret",
    "private_key": "the private key of the certificate",
    "access_token": "the token",
}


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says; "" where it says nothing."""

    crm: str = ""
    connection: str = ""
    auth: str = ""
    domain: str = ""
    instance_url: str = ""
    client_id: str = ""
    username: str = ""
    secret_env: str = ""
    secret_file: str = ""
    secret_command: str = ""
    ca_file: str = ""
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """A connection. `settings`: its keys but for the secret; `value`: a secret that was typed, or is everybody's.

    `kept`: whether the value is to be written into the file that `secret` names.
    """

    kind: str
    name: str
    settings: Mapping[str, str]
    secret_key: str
    secret: Mapping[str, str | list[str]] = field(default_factory=dict)
    value: str = ""
    kept: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """The file that the value is to be written into, if any."""
        file = self.secret.get("file")
        return (file,) if self.kept and isinstance(file, str) else ()


def sign_in(flags: Flags, asker: Asker, folder: Path, environment: Mapping[str, str]) -> SignIn:
    """Everything that is needed to sign in; raises `ConfigError` with all that is missing or makes no sense."""
    kind = flags.crm or asker.choice("--crm", "Which CRM?", CRMS, default=SALESFORCE if asker.present else "")
    asker.finish()
    _known("--crm", kind, CRMS)
    _expect_sense(kind, flags)
    if flags.sandbox:
        return _sandbox(kind, flags)
    settings, auth = _salesforce(flags, asker) if kind == SALESFORCE else _hubspot(flags)
    name = flags.connection or _NAMES[kind]
    found = SignIn(kind, name, settings, _SECRETS[auth])
    place = _given_place(flags, folder) or _asked_place(found, asker)
    asker.finish()
    return _typed(replace(found, secret=place), asker, folder, environment)


def _salesforce(flags: Flags, asker: Asker) -> tuple[dict[str, str], str]:
    auth = flags.auth or asker.choice("--auth", "How does leadrelay sign in?", AUTHS, default="client-credentials")
    _known("--auth", auth, AUTHS)
    settings = {"kind": SALESFORCE, "auth": auth}
    if flags.instance_url or auth == "token":
        settings["instance_url"] = flags.instance_url or asker.text("--instance-url", "Address of the organisation")
    else:
        question = "Its domain, such as acme.my of acme.my.salesforce.com (Setup, My Domain)"
        settings["domain"] = _domain(flags.domain or asker.text("--domain", question))
    if auth != "token":
        settings["client_id"] = flags.client_id or asker.text("--client-id", "Consumer key of the external client app")
    if auth == "jwt":
        settings["username"] = flags.username or asker.text("--username", "User name of the integration user")
    return {**settings, **_authority(flags)}, auth


def _hubspot(flags: Flags) -> tuple[dict[str, str], str]:
    address = {"base_url": flags.instance_url} if flags.instance_url else {}
    return {"kind": HUBSPOT, **address, **_authority(flags)}, "token"


def _authority(flags: Flags) -> dict[str, str]:
    return {"ca_file": str(Path(flags.ca_file).resolve())} if flags.ca_file else {}


def _sandbox(kind: str, flags: Flags) -> SignIn:
    """As `leadrelay sandbox` announces it. Its secrets are everybody's."""
    name = flags.connection or _NAMES[kind]
    url = flags.instance_url or f"http://127.0.0.1:{_PORTS[kind]}"
    if kind == HUBSPOT:
        settings = {"kind": kind, "base_url": url, **_authority(flags)}
        return SignIn(kind, name, settings, "access_token", _file(name), credentials.HS_TOKEN, kept=True)
    settings = {"kind": kind, "auth": "client-credentials", "instance_url": url}
    settings |= {"client_id": credentials.SF_CLIENT_ID, **_authority(flags)}
    return SignIn(kind, name, settings, "client_secret", _file(name), credentials.SF_CLIENT_SECRET, kept=True)


def _file(name: str) -> dict[str, str | list[str]]:
    return {"file": f"{name}.secret"}


# -- where the secret is kept ------------------------------------------------------------------------------------------


def _given_place(flags: Flags, folder: Path) -> dict[str, str | list[str]] | None:
    given: dict[str, str | list[str]] = {}
    if flags.secret_env:
        given["env"] = flags.secret_env
    if flags.secret_file:
        given["file"] = _seen_from(folder, flags.secret_file)
    if flags.secret_command:
        given["command"] = _words(flags.secret_command)
    if len(given) > 1:
        named = " and ".join(f"--secret-{place}" for place in given)
        raise ConfigError([Problem("command line", f"the secret is kept in one place: {named} are too many.", "")])
    return given or None


def _seen_from(folder: Path, name: str) -> str:
    """A path of the configuration starts at its folder; that of a command where the command was given."""
    here = Path(name)
    return name if here.is_absolute() or (folder / here).exists() or not here.exists() else str(here.resolve())


def _asked_place(found: SignIn, asker: Asker) -> dict[str, str | list[str]]:
    what = _WHAT[found.secret_key]
    usual = "file" if found.secret_key == _KEY else "env"
    if not asker.present:
        asker.text(f"--secret-{usual}", f"where {what} is kept (or --secret-env, --secret-file, --secret-command)")
        return {}
    place = asker.choice(
        "--secret-env", f"Where is {what} kept? The configuration only names the place.", _PLACES, usual
    )
    if place == "env":
        return {"env": asker.text("--secret-env", "Name of the variable", _variable(found.name))}
    if place == "file":
        return {"file": asker.text("--secret-file", "Path of the file", f"{found.name}.secret")}
    return {"command": _words(asker.text("--secret-command", "The command"))}


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        message = "a quotation mark has no partner."
        raise ConfigError([Problem("--secret-command", message, "Close it, or leave it out.")]) from None


def _variable(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name.upper()) + "_SECRET"


def _typed(found: SignIn, asker: Asker, folder: Path, environment: Mapping[str, str]) -> SignIn:
    """Asked for where the place is empty yet: kept in the file, or used for the test alone."""
    env, file = found.secret.get("env"), found.secret.get("file")
    if not asker.present:
        return found
    if isinstance(env, str) and not environment.get(env):
        value = asker.text("--secret-env", f"{env} is not set yet. Its value, for the test (not kept)", hidden=True)
        return replace(found, value=value)
    if isinstance(file, str) and not (folder / file).exists():
        value = asker.text("--secret-file", f"{file} is not there yet. What to put into it", hidden=True)
        return replace(found, value=value, kept=True)
    return found


def _expect_sense(kind: str, flags: Flags) -> None:
    """Raises `ConfigError` for flags that would say nothing here."""
    where = f"--crm {kind}"
    silent: tuple[str, ...] = () if kind == SALESFORCE else _SALESFORCE_ONLY
    if flags.sandbox:
        where, silent = "--sandbox, which says it itself", _OF_THE_SANDBOX
    elif kind == SALESFORCE and (flags.instance_url or flags.auth == "token"):
        where, silent = "--instance-url", ("domain",)
    said = [name for name in silent if getattr(flags, name)]
    if said:
        told = [f"--{name.replace('_', '-')}" for name in said]
        raise ConfigError([Problem(flag, f"has no meaning beside {where}.", "Leave it out.") for flag in told])


_SALESFORCE_ONLY = ("auth", "domain", "client_id", "username")
_OF_THE_SANDBOX = (*_SALESFORCE_ONLY, "secret_env", "secret_file", "secret_command")


def _known(flag: str, given: str, options: Mapping[str, str]) -> None:
    if given not in options:
        raise ConfigError([Problem(flag, f"'{given}' is not known.", f"Say {' or '.join(options)}.")])


def _domain(told: str) -> str:
    """The part that names the organisation, also where the whole address was copied from a browser."""
    host = told.strip().partition("://")[2] or told.strip()
    host = host.partition("/")[0].replace(".lightning.force.com", ".my.salesforce.com")
    return host.removesuffix(".salesforce.com")
