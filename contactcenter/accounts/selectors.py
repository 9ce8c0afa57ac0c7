"""Who may see which brands, teams, people and audit entries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from contactcenter.accounts.models import AuditEntry, Brand, Role, Team, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """All that decides what somebody may see and how it is shown; sockets keep one and renew it on `access` frames."""

    user_id: int
    role: Role
    brand_ids: frozenset[int]
    team_ids: frozenset[int]
    language: str
    time_zone: str

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_supervisor(self) -> bool:
        return self.role in {Role.ADMIN, Role.SUPERVISOR}


def viewer_of(user: User) -> Viewer:
    """The user's reach as it stands in the database now."""
    brands = list(user.brands.all())
    return Viewer(
        user_id=user.pk,
        role=Role.ADMIN if user.is_admin else Role(user.role),
        brand_ids=frozenset(brand.pk for brand in brands),
        team_ids=frozenset(user.teams.values_list("pk", flat=True)),
        language=user.language,
        time_zone=user.time_zone or (brands[0].time_zone if brands else "UTC"),
    )


def visible_brands(user: User) -> QuerySet[Brand]:
    return Brand.objects.all() if user.is_admin else Brand.objects.filter(users=user)


def visible_teams(user: User) -> QuerySet[Team]:
    """Supervisors see all teams of their brands, agents their own."""
    if user.is_admin:
        return Team.objects.all()
    if user.is_supervisor:
        return Team.objects.filter(brand__users=user)
    return Team.objects.filter(members=user, brand__users=user)


def visible_users(user: User) -> QuerySet[User]:
    """Colleagues: everybody who shares a brand."""
    if user.is_admin:
        return User.objects.all()
    return User.objects.filter(Q(brands__in=visible_brands(user)) | Q(pk=user.pk)).distinct()


def visible_audit_entries(user: User) -> QuerySet[AuditEntry]:
    """Admins see all; everybody else what they did themselves."""
    return AuditEntry.objects.all() if user.is_admin else AuditEntry.objects.filter(actor=user)


def leaves_no_admin(gone: QuerySet[User]) -> bool:
    """Whether nobody could administer the installation without these people."""
    admins = User.objects.filter(Q(is_superuser=True) | Q(role=Role.ADMIN), is_active=True)
    left = admins.exclude(pk__in=gone.values("pk"))
    return admins.filter(pk__in=gone.values("pk")).exists() and not left.exists()
