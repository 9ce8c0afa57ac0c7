"""Reads a set-up file into the database: tried first, and applied if the set-up is still the one it was tried on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.administration.setupfile.exporting import Rows, read_setup, rows_of, write_setup
from contactcenter.administration.setupfile.reading import BadFile, read_file
from contactcenter.administration.setupfile.sections import sections
from contactcenter.administration.setupfile.values import BadValue, Section, Value, place
from contactcenter.base.errors import Gone
from contactcenter.conversations.services.access import announce_access
from routing.models import Queue
from routing.services.advancing import regroup_waiting
from routing.services.groups import rebuild_groups
from routing.services.soundness import check_floor, read_floor

# Imports follow one another.
_LOCK = 7_305_116


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that is new or becomes another: (name, old, new) of what differs."""

    section: str
    label: str
    is_new: bool
    values: list[tuple[str, Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file does to the set-up as it is. `fingerprint` stands for both."""

    changes: list[Change]
    notes: list[str]
    fingerprint: str


@dataclass(slots=True)
class _Run:
    before: Rows
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_import(content: bytes, *, actor: User | None = None) -> Plan:
    """What the file would change, found by doing it and taking it back. Raises BadFile."""
    data = read_file(content)
    with transaction.atomic():
        plan = _carry_out(data, content, actor)
        transaction.set_rollback(True)
    return plan


@transaction.atomic
def apply_import(content: bytes, *, expected: str, actor: User | None = None) -> Plan:
    """Do what `plan_import` showed. Raises BadFile, and Gone if the set-up is another one by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    plan = _carry_out(read_file(content), content, actor)
    if plan.fingerprint != expected:
        raise Gone(_("The set-up has changed since the difference was shown. Look at it again."))
    rebuild_groups()
    regroup_waiting(*Queue.objects.all())
    people = [change.label for change in plan.changes if change.section == "users"]
    announce_access(User.objects.filter(username__in=people).values_list("pk", flat=True))
    told = [f"{change.section}: {change.label}" for change in plan.changes]
    record_audit("setup.imported", actor=actor, data={"changes": told[:500], "count": len(told)})
    return plan


def _carry_out(data: dict[str, list[Any]], content: bytes, actor: User | None) -> Plan:
    run, known_problems = _Run(before=read_setup()), _problems()
    known = {section.name for section in sections()}
    run.errors += [place(name, _("there is no such section.")) for name in data if name not in known]
    try:
        for section in sections():
            _take_section(run, section, data.get(section.name, []))
    except DatabaseError as error:
        run.errors.append(str(error).splitlines()[0])
    if not run.errors:
        run.errors += _who_is_locked_out(actor)
        for text, is_refused in _problems().items():
            if text not in known_problems:
                (run.errors if is_refused else run.notes).append(text)
    if run.errors:
        raise BadFile(run.errors)
    digest = hashlib.sha256(write_setup(run.before).encode() + b"\0" + content).hexdigest()
    return Plan(changes=_differences(run.before, read_setup()), notes=run.notes, fingerprint=digest)


def _problems() -> dict[str, bool]:
    """What is wrong with queues, and whether it is refused."""
    found = check_floor(read_floor())
    return {f"queues “{problem.queue.name}”: {problem.text}": problem.is_refused for problem in found}


def _take_section(run: _Run, section: Section, given: list[Any]) -> None:
    if not given:
        return
    rows = {section.key_of(section.show(row)): row for row in rows_of(section)}
    seen: set[tuple[str, ...]] = set()
    saved: list[tuple[str, Any, dict[str, Any]]] = []
    for at, entry in enumerate(given):
        path = f"{section.name}[{at}]"
        if not isinstance(entry, dict):
            run.errors.append(place(path, _("names with values are needed.")))
            continue
        missing = [value.name for value in section.key if value.name not in entry and value.default is ...]
        unknown = sorted(set(entry) - {value.name for value in section.all_values()})
        if missing or unknown:
            run.errors += [place(f"{path}.{name}", _("is needed.")) for name in missing]
            run.errors += [place(f"{path}.{name}", _("there is no such entry.")) for name in unknown]
            continue
        entry = {value.name: value.default for value in section.key} | entry
        key = section.key_of(entry)
        if key in seen:
            run.errors.append(place(path, _("the same stands here twice.")))
            continue
        seen.add(key)
        if (row := _take_row(run, section, path, entry, rows.get(key))) is not None:
            saved.append((path, row, entry))
    late = [value for value in section.values if value.late]
    for path, row, entry in saved:
        run.errors += [place(f"{path}{part}", text) for part, text in _take_values(row, entry, late)]


def _take_row(run: _Run, section: Section, path: str, entry: dict[str, Any], found: Any) -> Any:
    """Write what differs; of a row that is there no other column is touched. Returns the row, None if it is refused."""
    row = section.model() if found is None else found
    was = _stored(row)
    before = None if found is None else run.before[section.name].get(section.key_of(entry))
    errors = _take_values(row, entry, [value for value in section.all_values() if not value.late])
    if not errors:
        changed = [name for name, value in _stored(row).items() if value != was[name]]
        if found is None or changed:
            run.notes += section.before_save(row, before)
            errors = _check(section, row)
        if not errors and found is None:
            row.save()
        elif not errors and changed:
            row.save(update_fields=[name for name, value in _stored(row).items() if value != was[name]])
    run.errors += [place(f"{path}{part}", text) for part, text in errors]
    return None if errors else row


def _stored(row: Any) -> dict[str, Any]:
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}


def _take_values(row: Any, entry: dict[str, Any], values: list[Value]) -> list[tuple[str, str]]:
    errors = []
    for value in values:
        if value.name in entry:
            try:
                value.take(row, entry[value.name])
            except BadValue as error:
                errors.append((f".{value.name}{error.path}", str(error)))
    return errors


def _check(section: Section, row: Any) -> list[tuple[str, str]]:
    """What its admin page would refuse."""
    errors: list[tuple[str, str]] = []
    try:
        row.full_clean()
    except ValidationError as error:
        for name, texts in error.message_dict.items():
            errors += [("" if name == NON_FIELD_ERRORS else f".{name}", text) for text in texts]
    return errors + [(f".{name}", text) for name, text in section.check(row).items()]


def _who_is_locked_out(actor: User | None) -> list[str]:
    """A file must not leave nobody who could read the next one."""
    admins = User.objects.filter(is_superuser=True, is_active=True)
    if actor is not None and not admins.filter(pk=actor.pk).exists():
        return [_("users: this would take your own access to admin away.")]
    return [] if admins.exists() or not User.objects.exists() else [_("users: no active admin would be left.")]


def _differences(before: Rows, after: Rows) -> list[Change]:
    changes = []
    for section in sections():
        old_rows = before[section.name]
        for key, entry in after[section.name].items():
            old = old_rows.get(key, {})
            values = [(name, old.get(name), value) for name, value in entry.items() if old.get(name) != value]
            if key not in old_rows or values:
                label = section.label_of(entry)
                changes.append(Change(section=section.name, label=label, is_new=key not in old_rows, values=values))
    return changes
