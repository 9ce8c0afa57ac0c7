"""Estimated waits: told when a stay has begun, renewed while it lasts, compared with what came of it, and learned from.

Called by the sweeper alone: entering a queue and being dispatched cost nothing for it, and who is offered to an agent
at once has no estimate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Extract

from contactcenter.base.clock import now
from routing.hours import Schedule
from routing.models import Assignment, Queue, QueueEntry, WaitCalibration, WaitPromise
from routing.states import AssignmentRole, AssignmentState, Outcome
from routing.waiting_time import FEWEST_SAMPLES, Band, blend_ratios, fit_ratios, keep_told
from routing.waits import Lines, clock_of, corrected, moment_after, waited_between, waiting_entries

BATCH = 500
# How old what was told may be.
RENEW_AFTER = timedelta(seconds=10)
LEARN_AFTER = timedelta(hours=1)
# New waits after which the ratios are found again, whatever the hour; while there are few of them sooner.
LEARN_EACH = 50
REMEMBERED = 500
PATIENCE_DAYS = 14
# Until the first conversation of a channel has been handled.
USUAL_HANDLE_SECONDS = 300.0


def tell_waits() -> int:
    """Estimate for what began to wait since the last round, and again for what was told ten seconds ago.

    Returns the number of the former.
    """
    moment = now()
    due = waiting_entries().filter(Q(promise=None) | Q(promise__told_at__lte=moment - RENEW_AFTER))
    return sum(_tell(channel, due, moment) for channel in due.order_by().values_list("channel", flat=True).distinct())


def _tell(channel: str, due: QuerySet[QueueEntry], moment: datetime) -> int:
    lines = Lines(channel, at=moment)
    # What nobody is there for is left out here, so that it does not stand in the way of the others.
    rows = due.filter(channel=channel, group__in=lines.served_groups).select_related("queue__calendar", "promise")
    entries = list(rows.order_by(F("promise__told_at").asc(nulls_first=True), "pk")[:BATCH])
    calibrations = _calibrations(channel, entries)
    clocks = {queue.pk: clock_of(queue, channel) for queue in {entry.queue for entry in entries}}
    new, renewed = [], []
    for entry in entries:
        whole = calibrations[entry.queue_id, None]
        agents = lines.agents_of(entry.group_id)
        expected = lines.expected(agents, entry.rank_key, whole)
        promise: WaitPromise | None = getattr(entry, "promise", None)
        if promise is not None:
            renewed.append(promise)
        elif expected is not None:
            promise = WaitPromise(
                entry=entry, queue=entry.queue, channel=channel, made_at=moment, base_seconds=expected
            )
            new.append(promise)
        if promise is None:
            continue
        is_overtaken = promise.pk is not None and lines.is_overtaken(agents, entry.rank_key, promise.told_at)
        promise.told_at = moment
        if expected is not None and whole.samples >= FEWEST_SAMPLES:
            band = corrected(expected, calibrations.get((entry.queue_id, entry.group_id), whole))
            if promise.pk is None:
                promise.p50_seconds, promise.p90_seconds = band.p50, band.p90
            _say(promise, band, clocks[entry.queue_id], is_overtaken=is_overtaken)
    WaitPromise.objects.bulk_create(new, ignore_conflicts=True)
    # In one order, should two sweepers do it.
    renewed.sort(key=attrgetter("pk"))
    WaitPromise.objects.bulk_update(renewed, ["told_p50_at", "told_p90_at", "told_at"])
    return len(new)


def _say(promise: WaitPromise, band: Band, clock: Schedule | None, *, is_overtaken: bool) -> None:
    ends = [moment_after(clock, promise.told_at, seconds) for seconds in (band.p50, band.p90)]
    if ends[0] is None or ends[1] is None:
        return
    before = None
    if promise.told_p50_at is not None and promise.told_p90_at is not None:
        before = Band(p50=promise.told_p50_at.timestamp(), p90=promise.told_p90_at.timestamp())
    fresh = Band(p50=ends[0].timestamp(), p90=ends[1].timestamp())
    kept = keep_told(before, fresh, is_overtaken=is_overtaken)
    if before is None or kept.p50 != before.p50:
        promise.told_p50_at = datetime.fromtimestamp(kept.p50, UTC)
    if before is None or kept.p90 != before.p90:
        promise.told_p90_at = datetime.fromtimestamp(kept.p90, UTC)


def _calibrations(channel: str, entries: Iterable[QueueEntry]) -> dict[tuple[int, int | None], WaitCalibration]:
    """By queue and group, None for the whole queue; those of queues that are new to the channel are made."""
    queues = {entry.queue_id: entry.queue for entry in entries}
    rows = WaitCalibration.objects.filter(queue__in=queues, channel=channel)
    known = {(row.queue_id, row.group_id): row for row in rows}
    for queue in queues.values():
        if (queue.pk, None) not in known:
            known[queue.pk, None] = learn_waits(queue=queue, channel=channel)
    return known


def settle_waits() -> int:
    """Store what came of the estimates whose stays have ended; where enough have, learn from them."""
    ended = WaitPromise.objects.filter(actual_seconds=None, entry__left_at__isnull=False)
    rows = list(ended.select_related("entry", "queue__calendar").order_by("pk")[:BATCH])
    for row in rows:
        assert row.entry.left_at is not None
        row.actual_seconds = waited_between(clock_of(row.queue, row.channel), row.made_at, row.entry.left_at)
        row.is_observed = row.entry.outcome == Outcome.ANSWERED
    WaitPromise.objects.bulk_update(rows, ["actual_seconds", "is_observed"])
    for queue, channel in {(row.queue, row.channel) for row in rows}:
        if _is_worth_learning(queue, channel):
            learn_waits(queue=queue, channel=channel)
    return len(rows)


def _is_worth_learning(queue: Queue, channel: str) -> bool:
    last = WaitCalibration.objects.filter(queue=queue, channel=channel, group=None).first()
    if last is None or last.updated_at <= now() - LEARN_AFTER:
        return True
    since = WaitPromise.objects.filter(queue=queue, channel=channel, entry__left_at__gt=last.updated_at)
    enough = LEARN_EACH if last.samples >= LEARN_EACH else FEWEST_SAMPLES
    return since.filter(actual_seconds__isnull=False).count() >= enough


def learn_waits(*, queue: Queue, channel: str) -> WaitCalibration:
    """Find the ratios of this queue and channel again, out of its last waits, and those of its groups drawn to them."""
    known = WaitPromise.objects.filter(queue=queue, channel=channel, actual_seconds__isnull=False)
    fields = ("entry__group", "base_seconds", "actual_seconds", "is_observed")
    rows = list(known.order_by("-made_at").values_list(*fields)[:REMEMBERED])
    whole = fit_ratios((base, actual, seen) for _group, base, actual, seen in rows)
    common = {
        "handle_seconds": _handle_seconds(queue, channel),
        "patience_seconds": _patience_seconds(queue, channel),
        "updated_at": now(),
    }
    by_group: dict[int, list[tuple[float, float, bool]]] = defaultdict(list)
    for group, *stay in rows:
        by_group[group].append((stay[0], stay[1], stay[2]))
    found = {None: whole} | {group: blend_ratios(fit_ratios(stays), whole) for group, stays in by_group.items()}
    calibrations = WaitCalibration.objects.bulk_create(
        [
            WaitCalibration(
                queue=queue,
                channel=channel,
                group_id=group,
                samples=ratios.samples,
                ratio_p50=ratios.p50,
                ratio_p90=ratios.p90,
                **common,
            )
            for group, ratios in found.items()
        ],
        update_conflicts=True,
        unique_fields=["queue", "channel", "group"],
        update_fields=["samples", "ratio_p50", "ratio_p90", *common],
    )
    return calibrations[0]


def _handle_seconds(queue: Queue, channel: str) -> float:
    """Mean of the last conversations, wrap-up included and pauses not: of the queue, else of the channel."""
    done = Assignment.objects.filter(channel=channel, role=AssignmentRole.PRIMARY, state=AssignmentState.DONE)
    for rows in (done.filter(queue=queue), done):
        last = rows.order_by("-pk").values_list("started_at", "ended_at", "paused_seconds")[:REMEMBERED]
        times = [(end - start).total_seconds() - paused for start, end, paused in last if end is not None]
        if times:
            return max(sum(times) / len(times), 1.0)
    return USUAL_HANDLE_SECONDS


def _patience_seconds(queue: Queue, channel: str) -> float | None:
    """Time waited by all over the number who gave up, within two weeks."""
    since = now() - timedelta(days=PATIENCE_DAYS)
    stays = QueueEntry.objects.filter(queue=queue, channel=channel, entered_at__gte=since, left_at__isnull=False)
    found = stays.aggregate(
        waited=Sum(Extract(F("left_at") - F("entered_at"), "epoch")),
        gave_up=Count("pk", filter=Q(outcome=Outcome.ABANDONED)),
    )
    return float(found["waited"]) / found["gave_up"] if found["gave_up"] and found["waited"] else None
