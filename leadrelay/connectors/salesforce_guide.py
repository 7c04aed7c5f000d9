"""The README of an exported project: what it holds, and the commands, one by one."""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.connectors.salesforce_definitions import Definitions


def guide(objects: Sequence[str], pages: Sequence[str]) -> str:
    """For these objects, and the record pages that stand for them."""
    listed = " and ".join(objects)
    clicks = "\n".join(_clicks(name, page) for name, page in zip(objects, pages, strict=True))
    return _TEXT.format(objects=listed, name=Definitions.NAME, clicks=clicks)


def _clicks(name: str, page: str) -> str:
    return f"""\
   - **{name}**, compact layout: Setup → Object Manager → {name} → Compact Layouts → *Compact Layout Assignment* → \
*Edit Assignment* → {Definitions.NAME} → Save.
   - **{name}**, record page: Setup → Object Manager → {name} → Lightning Record Pages → *{page.replace("_", " ")}* → \
View → Edit → *Activation…*. If your company has a page of its own, add the sections named {Definitions.NAME} to that \
one instead: a page that is active for nobody changes nothing."""


_TEXT = """\
# leadrelay: fields and access

What leadrelay owns in your organisation, as files in source format. They add, and change nothing that is yours:

| folder | holds |
|---|---|
| `objects/.../fields` | custom fields of {objects}, and the unique key of hand-off tasks on Activity |
| `permissionsets` | the permission set *{name}*: access to these fields, for the user that leadrelay signs in as |
| `objects/.../compactLayouts` | a compact layout with score, grade, stage and next question |
| `flexipages` | a record page that shows them, and why |
| `remove` | what is deleted when all of this is to go again |

It takes the [Salesforce CLI](https://developer.salesforce.com/tools/salesforcecli) and a user with the permissions
*Customize Application* and *Manage Profiles and Permission Sets*. Run the commands in this folder.

1. Sign in (`--instance-url https://test.salesforce.com` for a sandbox of Salesforce's):

   ```sh
   sf org login web --alias acme
   ```

2. See what would happen; nothing is changed:

   ```sh
   sf project deploy start --source-dir force-app --target-org acme --dry-run
   ```

   A field of these names that is there already becomes what its file says. If a field of yours is refused in the
   permission set, because it is required, or a formula and cannot be edited, take its block out of
   `permissionsets/{name}.permissionset-meta.xml`, or set `editable` to `false`: everybody sees a required field anyway.

3. Deploy:

   ```sh
   sf project deploy start --source-dir force-app --target-org acme
   ```

4. Let leadrelay's user in; name the user that its connection signs in as:

   ```sh
   sf org assign permset --name {name} --target-org acme --on-behalf-of USERNAME
   ```

5. Let people read the fields: in a permission set that they have, under *Object Settings*, give *Read Access*. They
   need no *Edit Access*: leadrelay writes these fields anew.

6. Show them. Pages that people use change with these clicks only:

{clicks}

7. `leadrelay check` says that everything is there.

To take it away again: take back the activation of the record pages and the assignment of the compact layouts, then

```sh
sf project deploy start --manifest remove/package.xml --post-destructive-changes remove/destructiveChanges.xml -o acme
```

This deletes the fields with their values; `--dry-run` shows what it would do. Salesforce keeps deleted fields for 15
days under *Deleted Fields*, and counts them until then.
"""
